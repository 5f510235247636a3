import { answerOf, api } from './client';

/** Of this tab alone: what the identity provider answers opens nothing in a browser that did not begin. */
const TICKET = 'credits-sign-in';

/** Leaves for the identity provider, which sends the browser back to the sign-in page. */
export async function leaveForProvider(returnTo: string): Promise<void> {
  const { ticket, location: provider } = await answerOf(api.POST('/v1/sign-ins', { body: { returnTo } }));
  sessionStorage.setItem(TICKET, ticket);
  location.assign(provider);
}

/** What the provider answered, taken out of the address at once; null: it has not sent the browser here. */
export function takeProvidersAnswer(): string | null {
  const query = new URLSearchParams(location.search);
  if (!query.has('state') || !(query.has('code') || query.has('error'))) return null;
  history.replaceState(null, '', location.pathname);
  return query.toString();
}

/** Opens the session; answers the address to go on to. */
export async function completeSignIn(answer: string): Promise<string> {
  const ticket = sessionStorage.getItem(TICKET) ?? '';
  sessionStorage.removeItem(TICKET);
  const { returnTo } = await answerOf(api.POST('/v1/sign-ins/completion', { body: { ticket, answer } }));
  return returnTo;
}
