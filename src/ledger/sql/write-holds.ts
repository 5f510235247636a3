import type { LedgerConnection } from '../connection.js';
import { instantText } from '../../domain/calendar.js';
import { formatCredits } from '../../domain/credits.js';
import { usageText } from '../../domain/usage.js';
import { PlainColumn, TextColumn } from './array-literal.js';
import type { HoldOfAccount } from './load-holds.js';

const WRITE_HOLDS = {
  name: 'write-holds',
  text: `INSERT INTO hold (account_id, hold_id, state, feature, billing, placed_seq, placed_at, expires_at, max_capture, legs, usage, captured)
    SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::text[], $6::bigint[], $7::timestamptz[], $8::timestamptz[],
      $9::numeric[], $10::json[], $11::json[], $12::numeric[])
    ON CONFLICT (account_id, hold_id) DO UPDATE
    SET state = excluded.state, expires_at = excluded.expires_at, legs = excluded.legs, usage = excluded.usage, captured = excluded.captured`,
};

/** Brings holds to where the batch left them: one row each, however many entries named them. */
export async function writeHolds(connection: LedgerConnection, holds: readonly HoldOfAccount[]): Promise<void> {
  const account = new TextColumn();
  const holdId = new TextColumn();
  const state = new PlainColumn();
  const feature = new TextColumn();
  const billing = new PlainColumn();
  const placedSeq = new PlainColumn();
  const placedAt = new PlainColumn();
  const expiresAt = new PlainColumn();
  const maxCapture = new PlainColumn();
  const legs = new TextColumn();
  const usage = new TextColumn();
  const captured = new PlainColumn();
  for (const { accountId, hold } of holds) {
    account.add(accountId);
    holdId.add(hold.holdId);
    state.add(hold.state);
    feature.add(hold.feature);
    billing.add(hold.billing);
    placedSeq.add(hold.placedSeq);
    placedAt.add(instantText(hold.placedAt));
    expiresAt.add(instantText(hold.expiresAt));
    maxCapture.add(hold.maxCapture === null ? null : formatCredits(hold.maxCapture));
    legs.add(
      JSON.stringify(
        hold.legs.map(({ lotId, rateVersion, held }) => ({ lotId: String(lotId), rateVersion, held: formatCredits(held) })),
      ),
    );
    usage.add(usageText(hold.usage));
    captured.add(formatCredits(hold.captured));
  }
  const columns = [account, holdId, state, feature, billing, placedSeq, placedAt, expiresAt, maxCapture, legs, usage, captured];
  await connection.run(WRITE_HOLDS, columns.map(String));
}
