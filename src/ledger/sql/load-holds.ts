import type { LedgerConnection, Row } from '../connection.js';
import type { BillingMode } from '../../domain/contract.js';
import { amount } from '../../domain/credits.js';
import type { Hold, HoldState } from '../../domain/hold.js';
import { TextColumn } from './array-literal.js';

const COLUMNS = `hold_id, state, feature, billing, placed_seq, (extract(epoch FROM placed_at) * 1000)::bigint,
  (extract(epoch FROM expires_at) * 1000)::bigint, max_capture, legs, usage, captured`;

export interface HoldOfAccount {
  readonly accountId: string;
  readonly hold: Hold;
}

const NAMED_HOLDS = {
  name: 'load-named-holds',
  text: `SELECT n.account_id, h.* FROM unnest($1::text[], $2::text[]) AS n (account_id, hold_id)
    CROSS JOIN LATERAL (
      SELECT ${COLUMNS} FROM hold WHERE hold.account_id = n.account_id AND hold.hold_id = n.hold_id LIMIT 1
    ) AS h`,
};

/** The holds that commands of a batch name, whatever their state. */
export async function loadNamedHolds(
  connection: LedgerConnection,
  named: readonly { readonly accountId: string; readonly holdId: string }[],
): Promise<HoldOfAccount[]> {
  const accounts = new TextColumn();
  const holds = new TextColumn();
  for (const { accountId, holdId } of named) {
    accounts.add(accountId);
    holds.add(holdId);
  }
  return (await connection.run(NAMED_HOLDS, [accounts.toString(), holds.toString()])).map(readHold);
}

const DUE_HOLDS = {
  name: 'load-due-holds',
  text: `SELECT account_id, ${COLUMNS} FROM hold WHERE account_id = $1 AND state = 'open' AND expires_at <= $2 ORDER BY expires_at`,
};

export async function loadDueHolds(connection: LedgerConnection, accountId: string, now: string): Promise<HoldOfAccount[]> {
  return (await connection.run(DUE_HOLDS, [accountId, now])).map(readHold);
}

function readHold([accountId, ...row]: Row): HoldOfAccount {
  const text = (column: number): string => row[column] as string;
  const legs = JSON.parse(text(8)) as { lotId: string; rateVersion: string; held: string }[];
  const usage = JSON.parse(text(9)) as Record<string, string>;
  return {
    accountId: accountId as string,
    hold: {
      holdId: text(0),
      state: text(1) as HoldState,
      feature: text(2),
      billing: text(3) as BillingMode,
      placedSeq: Number.parseInt(text(4), 10),
      placedAt: Number.parseInt(text(5), 10),
      expiresAt: Number.parseInt(text(6), 10),
      maxCapture: row[7] == null ? null : amount(row[7]),
      legs: legs.map(({ lotId, rateVersion, held }) => ({ lotId: Number.parseInt(lotId, 10), rateVersion, held: amount(held) })),
      usage: Object.entries(usage).map(([meter, quantity]) => ({ meter, quantity: amount(quantity) })),
      captured: amount(text(10)),
    },
  };
}
