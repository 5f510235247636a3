import type { LedgerConnection } from '../connection.js';
import { instantText } from '../../domain/calendar.js';
import { formatCredits } from '../../domain/credits.js';
import { usageText } from '../../domain/usage.js';
import { PlainColumn, TextColumn } from './array-literal.js';
import type { HoldOfAccount } from './load-holds.js';

const INSERT_HOLDS = {
  name: 'insert-holds',
  text: `INSERT INTO hold (account_id, hold_id, state, expires_at, legs, usage, captured, feature, billing, placed_seq, placed_at, max_capture)
    SELECT unnest($1::text[]), unnest($2::text[]), unnest($3::text[]), unnest($4::timestamptz[]), unnest($5::json[]), unnest($6::json[]),
      unnest($7::numeric[]), unnest($8::text[]), unnest($9::text[]), unnest($10::bigint[]), unnest($11::timestamptz[]), unnest($12::numeric[])`,
};

/** Writes holds that the batch placed, as it left them: some may have ended already. */
export async function insertHolds(connection: LedgerConnection, holds: readonly HoldOfAccount[]): Promise<void> {
  const feature = new TextColumn();
  const billing = new PlainColumn();
  const placedSeq = new PlainColumn();
  const placedAt = new PlainColumn();
  const maxCapture = new PlainColumn();
  for (const { hold } of holds) {
    feature.add(hold.feature);
    billing.add(hold.billing);
    placedSeq.add(hold.placedSeq);
    placedAt.add(instantText(hold.placedAt));
    maxCapture.add(hold.maxCapture === null ? null : formatCredits(hold.maxCapture));
  }
  await connection.run(INSERT_HOLDS, [...standing(holds), ...[feature, billing, placedSeq, placedAt, maxCapture].map(String)]);
}

const UPDATE_HOLDS = {
  name: 'update-holds',
  text: `UPDATE hold AS h
    SET state = n.state, expires_at = n.expires_at, legs = n.legs, usage = n.usage, captured = n.captured
    FROM (
      SELECT unnest($1::text[]) AS account_id, unnest($2::text[]) AS hold_id, unnest($3::text[]) AS state,
        unnest($4::timestamptz[]) AS expires_at, unnest($5::json[]) AS legs, unnest($6::json[]) AS usage, unnest($7::numeric[]) AS captured
    ) AS n
    WHERE h.account_id = n.account_id AND h.hold_id = n.hold_id`,
};

/** Brings holds to where the batch left them: one update a hold, however many entries named it. */
export async function updateHolds(connection: LedgerConnection, holds: readonly HoldOfAccount[]): Promise<void> {
  await connection.run(UPDATE_HOLDS, standing(holds));
}

function standing(holds: readonly HoldOfAccount[]): string[] {
  const account = new TextColumn();
  const holdId = new TextColumn();
  const state = new PlainColumn();
  const expiresAt = new PlainColumn();
  const legs = new TextColumn();
  const usage = new TextColumn();
  const captured = new PlainColumn();
  for (const { accountId, hold } of holds) {
    account.add(accountId);
    holdId.add(hold.holdId);
    state.add(hold.state);
    expiresAt.add(instantText(hold.expiresAt));
    legs.add(
      JSON.stringify(
        hold.legs.map(({ lotId, rateVersion, held }) => ({ lotId: String(lotId), rateVersion, held: formatCredits(held) })),
      ),
    );
    usage.add(usageText(hold.usage));
    captured.add(formatCredits(hold.captured));
  }
  return [account, holdId, state, expiresAt, legs, usage, captured].map(String);
}
