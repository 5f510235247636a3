import type { BillingMode } from '../../domain/contract.js';
import { amount } from '../../domain/credits.js';
import type { Hold, HoldState } from '../../domain/hold.js';

export interface HoldRow {
  readonly hold_id: string;
  readonly state: string;
  readonly feature: string;
  readonly billing: string;
  readonly placed_seq: string;
  readonly placed_at: string;
  readonly expires_at: string;
  readonly max_capture: string | null;
  readonly legs: readonly { readonly lotId: string; readonly rateVersion: string; readonly held: string }[];
  readonly usage: Readonly<Record<string, string>>;
  readonly captured: string;
}

export const HOLDS = `
  SELECT hold_id, state, feature, billing, placed_seq, (extract(epoch FROM placed_at) * 1000)::bigint AS placed_at,
         (extract(epoch FROM expires_at) * 1000)::bigint AS expires_at, max_capture, legs, usage, captured
    FROM hold WHERE account_id = $1`;

/** A hold as the service keeps it beside the entries. */
export function readHold(row: HoldRow): Hold {
  return {
    holdId: row.hold_id,
    state: row.state as HoldState,
    feature: row.feature,
    billing: row.billing as BillingMode,
    placedSeq: Number(row.placed_seq),
    placedAt: Number(row.placed_at),
    expiresAt: Number(row.expires_at),
    maxCapture: row.max_capture === null ? null : amount(row.max_capture),
    legs: row.legs.map(({ lotId, rateVersion, held }) => ({ lotId: Number(lotId), rateVersion, held: amount(held) })),
    usage: Object.entries(row.usage).map(([meter, quantity]) => ({ meter, quantity: amount(quantity) })),
    captured: amount(row.captured),
  };
}
