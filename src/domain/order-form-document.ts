import { amount } from './credits.js';
import { DEFAULT_PRIORITY } from './burn-order.js';
import type { BillingMode, OrderForm } from './contract.js';
import type { LotKind } from './lot.js';

/** An order form as it is submitted and kept: JSON without numbers, amounts as decimal strings. */
export interface OrderFormDocument {
  readonly number: string;
  readonly timeZone: string;
  readonly termStart: string;
  readonly termEnd: string;
  readonly features: readonly {
    readonly feature: string;
    readonly mode: BillingMode;
    readonly maxQuantity?: Readonly<Record<string, string>> | undefined;
  }[];
  readonly rateCardId: string;
  readonly rateVersion: string;
  readonly unitPrice: string;
  readonly currency: string;
  readonly taxRate?: string | undefined;
  readonly priority?: Readonly<Partial<Record<LotKind, string>>> | undefined;
  readonly suspendAtBalance?: string | undefined;
  readonly suspendOnRefusal?: boolean | undefined;
  readonly rolloverGraceDays?: string | undefined;
  /** The day of signature, where the form is recorded later than it was signed. */
  readonly signedOn?: string | undefined;
  readonly paymentDueDays?: string | undefined;
  readonly laterPrices?: OrderForm['laterPrices'] | undefined;
  readonly shortfallTolerance?: string | undefined;
  /** The webhook that receives notices: a 2xx from it delivers them (SPEC 8). */
  readonly noticeWebhook?: string | undefined;
  readonly addendumVersion: string;
  readonly addendumHash: string;
  readonly purchases?: readonly { readonly credits: string }[] | undefined;
}

/** What the rules read out of a document. The same document always gives the same form. */
export function readOrderForm(orderFormId: string, document: OrderFormDocument): Omit<OrderForm, 'signedAt'> {
  const priority = { ...DEFAULT_PRIORITY };
  for (const [kind, place] of Object.entries(document.priority ?? {})) {
    priority[kind as LotKind] = Number.parseInt(place, 10);
  }
  return {
    orderFormId,
    number: document.number,
    signedOn: document.signedOn ?? null,
    timeZone: document.timeZone,
    termStart: document.termStart,
    termEnd: document.termEnd,
    features: new Map(
      document.features.map(({ feature, mode, maxQuantity }) => [
        feature,
        {
          feature,
          mode,
          maxQuantity: new Map(Object.entries(maxQuantity ?? {}).map(([meter, quantity]) => [meter, amount(quantity)])),
        },
      ]),
    ),
    cardId: document.rateCardId,
    rateVersion: Number.parseInt(document.rateVersion, 10),
    // As the database gives it back, so that an entry reads the same wherever its purchase came from.
    unitPrice: amount(document.unitPrice).toFixed(),
    currency: document.currency,
    taxRate: document.taxRate ?? '0',
    priority,
    suspendAtBalance: amount(document.suspendAtBalance ?? '0'),
    suspendOnRefusal: document.suspendOnRefusal ?? false,
    rolloverGraceDays: Number.parseInt(document.rolloverGraceDays ?? '30', 10),
    paymentDueDays: Number.parseInt(document.paymentDueDays ?? '30', 10),
    laterPrices: document.laterPrices ?? 'then-current',
    shortfallTolerance: document.shortfallTolerance ?? '0.01',
    noticeWebhook: document.noticeWebhook ?? null,
    addendumVersion: document.addendumVersion,
    addendumHash: document.addendumHash,
  };
}
