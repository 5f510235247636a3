import { amount } from '../domain/credits.js';
import { DEFAULT_HOLD_TTL_MS } from '../domain/hold.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Refusal } from '../domain/errors.js';
import type { HoldQuoted } from '../ledger/ledger.js';
import type { PlaceHold } from '../domain/command.js';
import type { Verdict } from '../ledger/verdict.js';
import type { Usage } from '../domain/usage.js';
import { commandOrigin, type Requester } from './keyed-request.js';

export interface HoldRequest {
  readonly holdId: string;
  readonly feature: string;
  /** One of the two: what the action is expected to use, or to cost. */
  readonly usage: Usage | null;
  readonly credits: string | null;
  /** Milliseconds; null: one hour. */
  readonly ttlMs: number | null;
  readonly maxCapture: string | null;
}

/** Sets credits aside for an action under way (SPEC 6). */
export class PlaceHoldOnCredits {
  constructor(private readonly ledger: Ledger) {}

  run(accountId: string, request: HoldRequest, requester: Requester): Promise<Verdict> {
    return this.ledger.execute(commandOf(accountId, request, requester));
  }

  /** What it would come to: nothing is set aside, and no status changes. */
  dryRun(accountId: string, request: HoldRequest, requester: Requester): Promise<HoldQuoted | Refusal> {
    return this.ledger.quoteHold(commandOf(accountId, request, requester));
  }
}

function commandOf(accountId: string, request: HoldRequest, requester: Requester): PlaceHold {
  const { holdId, feature, usage, credits, ttlMs, maxCapture } = request;
  const fingerprint = {
    holdId,
    feature,
    usage: usage && Object.fromEntries(usage.map(({ meter, quantity }) => [meter, quantity.toFixed()])),
    credits,
    ttlMs: ttlMs === null ? null : String(ttlMs),
    maxCapture,
  };
  return {
    type: 'place-hold',
    ...commandOrigin(requester, 'place-hold', accountId, fingerprint),
    holdId,
    feature,
    estimate: usage === null ? { credits: amount(credits ?? '0') } : { usage },
    ttlMs: ttlMs ?? DEFAULT_HOLD_TTL_MS,
    maxCapture: maxCapture === null ? null : amount(maxCapture),
  };
}
