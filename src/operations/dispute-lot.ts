import { amount } from '../domain/credits.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';

export interface FrozenCredits {
  readonly lotId: number;
  /** Absent: as many as there are. */
  readonly credits?: string | undefined;
  readonly reason: string;
  readonly reference: string;
}

/** SPEC 7: freezes credits of a lot whose payment is disputed, until finance releases or withdraws them. */
export class DisputeLot {
  constructor(private readonly ledger: Ledger) {}

  freeze(accountId: string, request: FrozenCredits, requester: Requester): Promise<Verdict> {
    return this.execute('freeze-lot', accountId, request, requester);
  }

  release(accountId: string, request: FrozenCredits, requester: Requester): Promise<Verdict> {
    return this.execute('release-frozen', accountId, request, requester);
  }

  withdraw(accountId: string, request: FrozenCredits, requester: Requester): Promise<Verdict> {
    return this.execute('withdraw-frozen', accountId, request, requester);
  }

  private execute(
    type: 'freeze-lot' | 'release-frozen' | 'withdraw-frozen',
    accountId: string,
    { lotId, credits, reason, reference }: FrozenCredits,
    requester: Requester,
  ): Promise<Verdict> {
    return this.ledger.execute({
      type,
      ...commandOrigin(requester, type, accountId, { lotId: String(lotId), credits, reason, reference }),
      lotId,
      credits: credits === undefined ? null : amount(credits),
      reason,
      reference,
    });
  }
}
