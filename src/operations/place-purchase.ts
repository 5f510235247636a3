import { quotePurchase } from '../domain/buying.js';
import type { PlacePurchase as Command, QuotedTerms } from '../domain/command.js';
import { amount } from '../domain/credits.js';
import type { Refusal } from '../domain/errors.js';
import type { Purchase } from '../domain/purchase.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/settle.js';
import { commandOrigin, type Requester } from './keyed-request.js';
import { uuidV7 } from './uuid-v7.js';

export interface PurchaseRequest {
  readonly credits: string;
  /** Absent: the order form that governs the account. */
  readonly orderFormId?: string | undefined;
  /** Absent: at whatever terms hold when it is placed. `expiresAt` in milliseconds. */
  readonly quoted?: QuotedTerms | undefined;
}

/** What a purchase placed now would be, and until when that may be relied on. */
export interface PurchaseQuote {
  readonly purchase: Purchase;
  readonly expiresAt: number;
}

/** P4, P6: an admin of the licensee buys credits at the rates and price of now; they are allocated once paid. */
export class PlacePurchase {
  constructor(
    private readonly ledger: Ledger,
    private readonly wallNow: () => number,
  ) {}

  run(accountId: string, request: PurchaseRequest, requester: Requester): Promise<Verdict> {
    return this.ledger.execute(this.commandOf(accountId, request, requester));
  }

  /** SPEC 7: nothing is placed. */
  quote(accountId: string, request: Omit<PurchaseRequest, 'quoted'>, actor: string): Promise<PurchaseQuote | Refusal> {
    const command = this.commandOf(accountId, request, { actor, idempotencyKey: 'sys:quote' });
    return this.ledger.ask(accountId, (state, context) => quotePurchase(state, command, context));
  }

  private commandOf(accountId: string, { credits, orderFormId, quoted }: PurchaseRequest, requester: Requester): Command {
    const terms = quoted === undefined ? {} : { quoted: { ...quoted, expiresAt: String(quoted.expiresAt) } };
    const form = orderFormId === undefined ? {} : { orderFormId };
    return {
      type: 'place-purchase',
      ...commandOrigin(requester, 'place-purchase', accountId, { credits, ...form, ...terms }),
      purchaseId: uuidV7(this.wallNow()),
      orderFormId: orderFormId ?? null,
      credits: amount(credits),
      ...(quoted === undefined ? {} : { quoted }),
    };
  }
}
