import type { SettleUnfunded } from '../domain/command.js';
import { amount } from '../domain/credits.js';
import type { EntryDraft } from '../domain/entry.js';
import type { Refusal } from '../domain/errors.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';

export interface SettlementRequest {
  readonly lotId: string;
  /** As the quote showed them. */
  readonly credits: string;
}

/** SPEC 12, P6: settles unfunded usage from a lot that was bought later, or lets it go. Nothing of it happens by itself. */
export class SettleUnfundedUsage {
  constructor(private readonly ledger: Ledger) {}

  /** What a settlement would take, at the lot's own rates: shown before it is confirmed, and nothing is booked. */
  quote(accountId: string, seq: number, lotId: string, actor: string): Promise<EntryDraft | Refusal> {
    const requester = { actor, idempotencyKey: 'sys:quote' };
    return this.ledger.quoteSettlement(commandOf(accountId, seq, { lotId, credits: null }, requester));
  }

  settle(accountId: string, seq: number, request: SettlementRequest, requester: Requester): Promise<Verdict> {
    return this.ledger.execute(commandOf(accountId, seq, request, requester));
  }

  waive(accountId: string, seq: number, reason: string, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({
      type: 'waive-unfunded',
      ...commandOrigin(requester, 'waive-unfunded', accountId, { seq: String(seq), reason }),
      seq,
      reason,
    });
  }
}

function commandOf(
  accountId: string,
  seq: number,
  { lotId, credits }: { readonly lotId: string; readonly credits: string | null },
  requester: Requester,
): SettleUnfunded {
  return {
    type: 'settle-unfunded',
    ...commandOrigin(requester, 'settle-unfunded', accountId, { seq: String(seq), lotId, credits }),
    seq,
    lotId: Number(lotId),
    credits: credits === null ? null : amount(credits),
  };
}
