import type { EntityManager } from 'typeorm';
import { instantText } from '../../domain/calendar.js';
import { eventId, type EventDraft, type LedgerEvent } from '../../domain/event.js';
import { readBusinessTime } from '../reads/business-time.js';

/**
 * Appends an event that no entry causes, behind the account's last entry. The row lock keeps its place: whatever is written
 * of the account afterwards comes after it. Within the caller's transaction.
 */
export async function appendEvent(manager: EntityManager, accountId: string, draft: EventDraft): Promise<LedgerEvent> {
  const [place] = await manager.query<{ seq: string; licensee_id: string }[]>(
    `SELECT s.seq, a.licensee_id FROM account_state AS s JOIN account AS a USING (account_id) WHERE s.account_id = $1 FOR NO KEY UPDATE OF s`,
    [accountId],
  );
  if (place === undefined) throw new Error('an event needs an account');
  const seq = Number(place.seq);
  const [last] = await manager.query<{ next: number }[]>('SELECT coalesce(max(ordinal), -1) + 1 AS next FROM outbox WHERE account_id = $1 AND seq = $2', [
    accountId,
    seq,
  ]);
  const ordinal = last?.next ?? 0;
  const { now } = await readBusinessTime(manager);
  const event = { id: eventId(accountId, seq, ordinal, now), accountId, licenseeId: place.licensee_id, seq, ordinal, at: instantText(now), ...draft } as LedgerEvent;
  await manager.query('INSERT INTO outbox (account_id, seq, ordinal, id, licensee_id, type, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
    accountId,
    seq,
    ordinal,
    event.id,
    event.licenseeId,
    event.type,
    JSON.stringify(event),
    event.at,
  ]);
  return event;
}
