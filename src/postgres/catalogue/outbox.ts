import type { EntityManager } from 'typeorm';
import { instantText } from '../../domain/calendar.js';
import { eventId, type EventDraft, type LedgerEvent } from '../../domain/event.js';
import { readBusinessTime } from '../reads/business-time.js';

interface Place {
  readonly seq: string;
  readonly ordinal: string;
  readonly licensee_id: string;
}

/**
 * Writes an event that no entry causes, such as a bounced contact, in the transaction of its cause. The account is locked
 * until that ends, so that the account's events have one order; nothing slow may follow in the same transaction.
 */
export async function insertEvent(manager: EntityManager, accountId: string, draft: EventDraft): Promise<LedgerEvent> {
  // First the lock, then a statement of its own that reads: it sees what was committed before the lock was got.
  await manager.query('SELECT 1 FROM account_state WHERE account_id = $1 FOR NO KEY UPDATE', [accountId]);
  const [place] = await manager.query<Place[]>(
    `SELECT s.seq, a.licensee_id, (SELECT coalesce(max(ordinal) + 1, 0) FROM outbox AS o WHERE o.account_id = $1 AND o.seq = s.seq) AS ordinal
       FROM account_state AS s JOIN account AS a USING (account_id) WHERE account_id = $1`,
    [accountId],
  );
  if (place === undefined) throw new Error(`no account ${accountId} to tell anything of`);
  const { now } = await readBusinessTime(manager);
  const seq = Number(place.seq);
  const ordinal = Number(place.ordinal);
  const event = {
    id: eventId(accountId, seq, ordinal, now),
    accountId,
    licenseeId: place.licensee_id,
    seq,
    ordinal,
    at: instantText(now),
    ...draft,
  } as LedgerEvent;
  await manager.query(
    `INSERT INTO outbox (account_id, seq, ordinal, id, licensee_id, type, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)`,
    [accountId, seq, ordinal, event.id, event.licenseeId, event.type, JSON.stringify(event), event.at],
  );
  return event;
}
