import type { Usage } from '../domain/usage.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';

/** Turns credits of a hold into a debit, gives them back, or keeps them longer (SPEC 6). */
export class EndHold {
  constructor(private readonly ledger: Ledger) {}

  capture(accountId: string, holdId: string, request: { readonly usage: Usage; readonly final: boolean }, requester: Requester): Promise<Verdict> {
    const { usage, final } = request;
    const asked = { holdId, final, usage: Object.fromEntries(usage.map(({ meter, quantity }) => [meter, quantity.toFixed()])) };
    return this.ledger.execute({
      type: 'capture-hold',
      ...commandOrigin(requester, 'capture-hold', accountId, asked),
      holdId,
      usage,
      final,
      endUser: null,
      metadata: null,
    });
  }

  release(accountId: string, holdId: string, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({ type: 'release-hold', ...commandOrigin(requester, 'release-hold', accountId, { holdId }), holdId });
  }

  /** `ttlMs` from now. */
  extend(accountId: string, holdId: string, ttlMs: number, requester: Requester): Promise<Verdict> {
    const origin = commandOrigin(requester, 'extend-hold', accountId, { holdId, ttlMs: String(ttlMs) });
    return this.ledger.execute({ type: 'extend-hold', ...origin, holdId, ttlMs });
  }
}
