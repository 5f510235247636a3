import { noop, type QueryClient } from '@tanstack/react-query';
import { noticesQuery, overviewQuery, proposalsQuery, recentBurnQuery, sessionQuery } from './queries';

/** What the chart of the overview shows at first. */
export const FIRST_DAYS = 30;

/**
 * Asks at once what the page at this address will ask, all of it together, before the page is there to ask: the first load then
 * waits for the slowest answer and not for one after another. What the session may not see is refused as it would be later.
 */
export function askFirstQuestions(client: QueryClient, address: string): void {
  const [, base, of, given, page] = address.split('/');
  if (base !== 'app' || of === 'sign-in' || of === 'frame') return;
  void client.query(sessionQuery).catch(noop);
  if (of !== 'a' || given === undefined || (page ?? '') !== '') return;
  const accountId = named(given);
  if (accountId === null) return;
  void client.query(overviewQuery(accountId)).catch(noop);
  void client.query(noticesQuery(accountId)).catch(noop);
  void client.query(proposalsQuery(accountId)).catch(noop);
  void client.query(recentBurnQuery(accountId, FIRST_DAYS)).catch(noop);
}

function named(part: string): string | null {
  try {
    return decodeURIComponent(part);
  } catch {
    return null; // not an address of ours
  }
}
