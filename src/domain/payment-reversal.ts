import { Decimal } from 'decimal.js';
import { knownLots, type AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { transactionReference } from './break.js';
import { plain, purchaseNotFound } from './buying.js';
import { instantText } from './calendar.js';
import { canonicalJson } from './canonical-json.js';
import type { ReversePayment } from './buying-commands.js';
import { CREDIT_SCALE, ZERO, formatCredits, type Amount } from './credits.js';
import { refusal, type Refusal } from './errors.js';
import { freezing } from './freezing.js';
import { shortDigest } from './hash-chain.js';
import { formatMoney } from './money.js';
import { settled } from './paying.js';
import { amountDue, paymentKey, type Payment, type Purchase } from './purchase.js';

/**
 * SPEC 7: the bank took back money. Before the allocation it is simply owed again. After it, at most the credits that this
 * money bought are frozen, from what is available, and finance decides.
 */
export function decidePaymentReversal(state: AccountState, command: ReversePayment, context: Context): Booking[] | Refusal {
  const payment = state.payments.get(paymentKey(command.provider, command.providerPaymentId));
  const purchase = payment === undefined ? undefined : state.purchases.get(payment.purchaseId);
  if (payment === undefined) return refusal('payment-not-found', 'This account has no such payment.', { pointer: '/providerPaymentId' });
  if (purchase === undefined) return purchaseNotFound();
  if (payment.reversalIds.includes(command.reversalId)) {
    return refusal('reversal-conflict', 'The provider’s reversal is on record under another idempotency key. It is booked once.', {
      pointer: '/reversalId',
    });
  }
  if (payment.currency !== command.currency) {
    return refusal('currency-mismatch', `The payment was made in ${payment.currency}.`, { pointer: '/currency' });
  }
  const left = payment.amount.sub(payment.reversed);
  if (command.amount.gt(left)) {
    return refusal('reversal-exceeds-payment', 'More is taken back than is left of the payment.', {
      pointer: '/amount',
      data: { left: formatMoney(left, payment.currency) },
    });
  }
  const after: Payment = {
    ...payment,
    reversed: payment.reversed.add(command.amount),
    reversalIds: [...payment.reversalIds, command.reversalId],
  };
  // What was paid too much bought nothing: it goes first.
  const taken = ofPrice(after).sub(ofPrice(payment));
  return purchase.state === 'allocated'
    ? afterAllocation(state, command, after, purchase, taken, context)
    : [entryOf(command, after, settled({ ...purchase, paid: purchase.paid.sub(taken) }), taken, ZERO)];
}

/** What of the reversed money had paid for the purchase. */
function ofPrice({ reversed, excess }: Payment): Amount {
  return reversed.lte(excess) ? ZERO : reversed.sub(excess);
}

function afterAllocation(
  state: AccountState,
  command: ReversePayment,
  payment: Payment,
  before: Purchase,
  taken: Amount,
  context: Context,
): Booking[] | Refusal {
  const purchase: Purchase = { ...before, reversed: before.reversed.add(taken) };
  const credits = creditsBought(purchase).sub(creditsBought(before));
  const entry = entryOf(command, payment, purchase, taken, credits);
  const lot = knownLots(state).find(({ purchaseId, source }) => purchaseId === purchase.purchaseId && source === undefined);
  if (lot === undefined) throw new Error(`the lot of purchase ${purchase.purchaseId} was not loaded`);
  const disputed: Booking = {
    ...entry,
    effects: {
      ...entry.effects,
      break: {
        kind: 'payment-reversed',
        reference: transactionReference(command.provider, command.reversalId),
        money: { amount: command.amount, currency: command.currency },
        credits,
        evidence: {
          accountId: state.accountId,
          lotId: String(lot.lotId),
          provider: command.provider,
          providerPaymentId: command.providerPaymentId,
          purchaseId: purchase.purchaseId,
          reversalId: command.reversalId,
        },
      },
    },
  };
  if (credits.isZero() || lot.condition === 'refunded') return [disputed];
  const cause = { subject: purchase.purchaseId, cites: state.seq + 1, reason: command.reason, reference: command.reversalId };
  const origin = { actor: command.actor, keyDigest: shortDigest(`sys:freeze:${command.keyDigest}`), fingerprint: command.fingerprint };
  return [disputed, freezing(lot, credits, cause, origin, context)];
}

/**
 * The credits that the reversed money bought, of what is due and rounded down; counted over all reversals of a purchase, so
 * that parts never come to more than the whole.
 */
function creditsBought(purchase: Purchase): Amount {
  const credits = purchase.credits.mul(purchase.reversed).div(amountDue(purchase));
  return credits.toDecimalPlaces(CREDIT_SCALE, Decimal.ROUND_DOWN);
}

function entryOf(command: ReversePayment, payment: Payment, purchase: Purchase, taken: Amount, disputed: Amount): Booking {
  const { provider, providerPaymentId, reversalId, currency, reversedAt, reason } = command;
  const { purchaseId } = purchase;
  return {
    draft: {
      ...plain(command),
      type: 'payment-reversed',
      occurredAt: reversedAt,
      subject: purchaseId,
      detail: canonicalJson({
        allocated: purchase.state === 'allocated',
        amount: formatMoney(command.amount, currency),
        currency,
        disputed: formatCredits(disputed),
        ofPrice: formatMoney(taken, currency),
        provider,
        providerPaymentId,
        reason,
        reversalId,
        reversedAt: instantText(reversedAt),
      }),
    },
    effects: {
      purchase,
      paymentReversal: { reversal: { provider, reversalId, providerPaymentId, purchaseId, amount: command.amount, currency, reversedAt }, payment },
    },
  };
}
