import type { AccountState } from './account-state.js';
import { OWN_LOT, type Booking, type Context } from './booking.js';
import { transactionReference, type BreakDraft } from './break.js';
import { plain, purchaseNotFound } from './buying.js';
import { instantText } from './calendar.js';
import { canonicalJson } from './canonical-json.js';
import type { RecordPayment, RecordWithholding, WriteOffShortfall } from './buying-commands.js';
import { governingOrderForm, priorityOf } from './contract.js';
import { ZERO, amount, least, type Amount } from './credits.js';
import type { Origin } from './entry.js';
import { refusal, type Refusal } from './errors.js';
import { lotDetail } from './grant.js';
import { shortDigest } from './hash-chain.js';
import { formatMoney } from './money.js';
import { amountDue, amountOwed, paymentKey, type Payment, type Purchase } from './purchase.js';
import { hasLapsed } from './term.js';

/** P3: credits are allocated when payment has been received, in the transaction that makes the purchase fully paid. */
export function decidePayment(state: AccountState, command: RecordPayment, context: Context): Booking[] | Refusal {
  const known = state.payments.get(paymentKey(command.provider, command.providerPaymentId));
  if (known !== undefined) {
    return refusal(
      'payment-conflict',
      'The provider’s transaction id is already on record under another idempotency key. It is booked once.',
      { pointer: '/providerPaymentId', data: { purchaseId: known.purchaseId, amount: formatMoney(known.amount, known.currency) } },
    );
  }
  const purchase = state.purchases.get(command.purchaseId);
  if (purchase === undefined) return purchaseNotFound();
  const received = receive(purchase, command, hasLapsed(state.contract, context.now));
  if ('code' in received) return received;
  const { after, excess } = received;
  const { provider, providerPaymentId, purchaseId, currency, receivedAt } = command;
  const money = (value: Amount): string => formatMoney(value, currency);
  const allocated = after.state === 'allocated';
  const payment: Payment = { provider, providerPaymentId, purchaseId, amount: command.amount, currency, receivedAt, excess, reversed: ZERO, reversalIds: [] };
  const booking: Booking = {
    draft: {
      ...plain(command),
      type: 'payment',
      occurredAt: receivedAt,
      subject: purchaseId,
      detail: canonicalJson({
        allocated,
        amount: money(command.amount),
        currency,
        excess: money(excess),
        matched: command.matched ?? null,
        owed: money(amountOwed(after)),
        provider,
        providerPaymentId,
        receivedAt: instantText(receivedAt),
      }),
    },
    effects: { purchase: after, payment, ...(excess.isZero() ? {} : { break: excessBreak(state, payment) }) },
  };
  return allocated ? [booking, allocation(state, after, command, context)] : [booking];
}

export interface Received {
  readonly after: Purchase;
  /** What was more than what was owed: allocated all the same, and a break. */
  readonly excess: Amount;
}

/** What money does to the purchase that it is for. A payment that does not fit is nobody's guess. */
export function receive(
  purchase: Purchase,
  money: { readonly amount: Amount; readonly currency: string; readonly receivedAt: number },
  termLapsed: boolean,
): Received | Refusal {
  if (purchase.currency !== money.currency) {
    return refusal('currency-mismatch', `The purchase was placed in ${purchase.currency}.`, { pointer: '/currency' });
  }
  // `receivedAt` governs due dates: what was received in time and recorded late was no lapse (SPEC 7).
  const inTime = purchase.state === 'lapsed' && money.receivedAt < purchase.paymentDueAt;
  if (!isOwed(purchase) && !inTime) return notOwed(`The purchase is ${purchase.state}`, purchase.state);
  // Credits that would lapse as they are allocated are not sold: what becomes of the money is for finance.
  if (termLapsed) return notOwed('The Term has lapsed', 'term-lapsed');
  const paid = least(money.amount, amountOwed(purchase));
  return { after: settled({ ...purchase, paid: purchase.paid.add(paid) }), excess: money.amount.sub(paid) };
}

/** Certified withholding counts as paid; but without any money no credits are allocated (P3). */
export function decideWithholding(state: AccountState, command: RecordWithholding, context: Context): Booking[] | Refusal {
  const purchase = state.purchases.get(command.purchaseId);
  if (purchase === undefined) return purchaseNotFound();
  if (purchase.currency !== command.currency) {
    return refusal('currency-mismatch', `The purchase was placed in ${purchase.currency}.`, { pointer: '/currency' });
  }
  if (!isOwed(purchase)) return notOwed(`The purchase is ${purchase.state}`, purchase.state);
  if (hasLapsed(state.contract, context.now)) return notOwed('The Term has lapsed', 'term-lapsed');
  const owed = amountOwed(purchase);
  const withheld = purchase.withheld.add(command.amount);
  if (withheld.gte(amountDue(purchase))) {
    return refusal('payment-not-received', 'Tax is withheld from a payment: it cannot be all that is due.', { pointer: '/amount', data: { clause: 'P3' } });
  }
  if (command.amount.gt(owed)) {
    return refusal('invalid-request', 'No more can be withheld than is owed.', { pointer: '/amount', data: { owed: formatMoney(owed, purchase.currency) } });
  }
  const after = settled({ ...purchase, withheld });
  const { amount: credited, certificate, currency } = command;
  return allocatedBy(state, after, command, context, {
    draft: {
      ...plain(command),
      type: 'withholding',
      occurredAt: context.now,
      subject: purchase.purchaseId,
      detail: canonicalJson({
        allocated: after.state === 'allocated',
        amount: formatMoney(credited, currency),
        certificate,
        currency,
        owed: formatMoney(amountOwed(after), currency),
      }),
    },
    effects: { purchase: after },
  });
}

/** Finance writes off a shortfall within the order form's tolerance, with a reason: the purchase is paid, and is allocated. */
export function decideWriteOff(state: AccountState, command: WriteOffShortfall, context: Context): Booking[] | Refusal {
  const purchase = state.purchases.get(command.purchaseId);
  if (purchase === undefined) return purchaseNotFound();
  if (!isOwed(purchase)) return notOwed(`The purchase is ${purchase.state}`, purchase.state);
  if (hasLapsed(state.contract, context.now)) return notOwed('The Term has lapsed', 'term-lapsed');
  if (purchase.paid.isZero()) {
    return refusal('payment-not-received', 'Nothing was received for this purchase.', { pointer: '/purchaseId', data: { clause: 'P3' } });
  }
  const { currency } = purchase;
  const owed = amountOwed(purchase);
  const tolerated = toleratedShortfall(state, purchase);
  if (owed.gt(tolerated)) {
    return refusal('shortfall-exceeds-tolerance', 'More is missing than the order form allows to write off.', {
      data: { owed: formatMoney(owed, currency), tolerance: tolerated.toFixed() },
    });
  }
  const after = settled({ ...purchase, writtenOff: purchase.writtenOff.add(owed) });
  return allocatedBy(state, after, command, context, {
    draft: {
      ...plain(command),
      type: 'write-off',
      occurredAt: context.now,
      subject: purchase.purchaseId,
      detail: canonicalJson({ amount: formatMoney(owed, currency), currency, reason: command.reason }),
    },
    effects: { purchase: after },
  });
}

/** Of what is due, unrounded. */
function toleratedShortfall({ contract }: Pick<AccountState, 'contract'>, purchase: Purchase): Amount {
  const form = contract.orderForms.find(({ orderFormId }) => orderFormId === purchase.orderFormId);
  return amountDue(purchase).mul(amount(form?.shortfallTolerance ?? '0'));
}

function isOwed({ state }: Purchase): boolean {
  return state === 'awaiting_payment' || state === 'partially_paid' || state === 'overdue';
}

function notOwed(because: string, state: string): Refusal {
  return refusal('purchase-not-payable', `${because}: nothing is owed for it.`, { pointer: '/purchaseId', data: { state } });
}

/** The state of a purchase that follows from what was paid for it. What is overdue stays so until it is paid in full. */
export function settled(purchase: Purchase): Purchase {
  if (amountOwed(purchase).isZero() && !purchase.paid.isZero()) return { ...purchase, state: 'allocated' };
  if (purchase.state === 'overdue') return purchase;
  const nothing = purchase.paid.isZero() && purchase.withheld.isZero();
  return { ...purchase, state: nothing ? 'awaiting_payment' : 'partially_paid' };
}

function excessBreak(state: AccountState, payment: Payment): BreakDraft {
  const { provider, providerPaymentId, purchaseId, currency, excess } = payment;
  return {
    kind: 'payment-excess',
    reference: transactionReference(provider, providerPaymentId),
    money: { amount: excess, currency },
    credits: null,
    evidence: { accountId: state.accountId, amount: formatMoney(payment.amount, currency), provider, providerPaymentId, purchaseId },
  };
}

function allocatedBy(state: AccountState, after: Purchase, origin: Origin, context: Context, booking: Booking): Booking[] {
  return after.state === 'allocated' ? [booking, allocation(state, after, origin, context)] : [booking];
}

/** The entry after the one that completed the price: it opens the lot. */
function allocation(state: AccountState, purchase: Purchase, origin: Origin, context: Context): Booking {
  const form = governingOrderForm(state.contract, context.now);
  if (form === null) throw new Error(`purchase ${purchase.purchaseId} without an order form`);
  const lot = {
    kind: 'purchase' as const,
    cardId: purchase.cardId,
    rateVersion: purchase.rateVersion,
    unitPrice: purchase.unitPrice,
    currency: purchase.currency,
    purchaseId: purchase.purchaseId,
    orderFormId: purchase.orderFormId,
    allocatedAt: Math.max(context.now, state.lastRecordedAt),
    validUntil: null,
    priority: priorityOf(state.contract, 'purchase') ?? form.priority.purchase,
  };
  return {
    draft: {
      ...plain(origin),
      type: 'allocation',
      // Together with the unique purchase of a lot: allocated once, whatever is sent and however often.
      keyDigest: shortDigest(`sys:allocation:${purchase.purchaseId}`),
      fingerprint: null,
      occurredAt: lot.allocatedAt,
      subject: purchase.purchaseId,
      cites: state.seq + 1,
      credits: purchase.credits,
      rateVersion: purchase.rateVersion,
      detail: canonicalJson(lotDetail(lot)),
      postings: [
        {
          lotId: OWN_LOT,
          from: 'issued',
          to: 'available',
          credits: purchase.credits,
          rateVersion: purchase.rateVersion,
          share: null,
        },
      ],
    },
    opens: lot,
  };
}
