import type { LedgerConnection } from '../connection.js';
import type { Booked } from '../../domain/booking.js';
import { instantText } from '../../domain/calendar.js';

const CLOSE = {
  name: 'close-period',
  text: 'INSERT INTO accounting_period (account_id, closed_seq, through, closed_at) VALUES ($1, $2, $3, $4)',
};
/** With a period, those after it. */
const REOPEN = {
  name: 'reopen-period',
  text: 'UPDATE accounting_period SET reopened_seq = $2, reopened_at = $4 WHERE account_id = $1 AND through >= $3::date AND reopened_seq IS NULL',
};

/** Accounting periods that an entry closed or reopened: adds the statement to those under way. */
export function writePeriods(connection: LedgerConnection, { entry, effects: { period } }: Booked, writes: Promise<unknown>[]): void {
  if (period === undefined) return;
  writes.push(connection.run(period.closed ? CLOSE : REOPEN, [entry.accountId, entry.seq, period.through, instantText(entry.recordedAt)]));
}
