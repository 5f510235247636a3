import { createContext, use } from 'react';
import type { components } from '../generated/api';

export type Session = components['schemas']['Session'];

export const SessionContext = createContext<Session | null>(null);

export function useSession(): Session {
  const session = use(SessionContext);
  if (session === null) throw new Error('nobody is signed in');
  return session;
}

/** What a page offers to do; whether it may be done, the service decides. */
export function useMay(): { readonly buy: boolean; readonly operate: boolean; readonly book: boolean } {
  const { scopes } = useSession();
  return { buy: scopes.includes('account:admin'), operate: scopes.includes('operator'), book: scopes.includes('finance') };
}
