import type { Decimal } from 'decimal.js';
import { NEVER, dayAfter, dayOf, startOf, type ModelAccount, type ModelForm, type ModelPayment, type ModelPurchase } from './model-account.js';
import { freezeCredits } from './model-corrections.js';
import { D, zero } from './rates.js';
import { done, refused, type Answer, type As } from './wish.js';

const UNIT_PRICE = '0.5';

export function priceOf(credits: string): Decimal {
  return new D(credits).mul(UNIT_PRICE).toDecimalPlaces(2);
}

export function addPurchase(account: ModelAccount, id: string, credits: string, signed: boolean, form: ModelForm, now: number): void {
  account.purchases.set(id, {
    signed,
    credits: new D(credits),
    price: priceOf(credits),
    version: form.version,
    dueAt: startOf(dayAfter(dayOf(now), form.paymentDueDays + 1)),
    tolerance: form.tolerance,
    state: 'awaiting_payment',
    paid: zero,
    writtenOff: zero,
    reversed: zero,
  });
}

export function place(account: ModelAccount, wish: As<'place'>, now: number): Answer {
  const form = account.ruling(now);
  const term = account.termAt(now);
  if (form === undefined) return refused('order-form-not-found');
  if (term === undefined || now < term.from || now >= term.until) return refused('term-ended');
  if (priceOf(wish.credits).isZero()) return refused('price-rounds-to-zero');
  addPurchase(account, wish.purchaseId, wish.credits, false, form, now);
  return done();
}

const owing = ({ state }: ModelPurchase): boolean => ['awaiting_payment', 'partially_paid', 'overdue'].includes(state);
const lapsed = (account: ModelAccount, now: number): boolean => account.terms().every(({ lapsesAt }) => lapsesAt <= now);

export function pay(account: ModelAccount, wish: As<'pay'>, now: number, seq: number): Answer {
  const purchase = account.purchases.get(wish.purchaseId);
  if (purchase === undefined) return refused('purchase-not-found');
  if (!owing(purchase) && !(purchase.state === 'lapsed' && wish.receivedAt < purchase.dueAt)) return refused('purchase-not-payable');
  if (lapsed(account, now)) return refused('purchase-not-payable');
  const open = purchase.price.sub(purchase.paid);
  const money = new D(wish.money);
  // What is more than what was owed bought nothing.
  const excess = money.gt(open) ? money.sub(open) : zero;
  purchase.paid = purchase.paid.add(money).sub(excess);
  account.payments.set(wish.paymentId, { purchaseId: wish.purchaseId, money, excess, reversed: zero });
  if (purchase.paid.lt(purchase.price)) {
    if (purchase.state !== 'overdue') purchase.state = 'partially_paid';
    return done();
  }
  allocate(account, wish.purchaseId, purchase, now, seq + 1);
  return done();
}

function allocate(account: ModelAccount, purchaseId: string, purchase: ModelPurchase, now: number, lotId: number): void {
  purchase.state = 'allocated';
  account.issue({ lotId, kind: 'purchase', version: purchase.version, allocatedAt: now, validUntil: NEVER, purchaseId }, purchase.credits);
}

export function writeOff(account: ModelAccount, wish: As<'write-off'>, now: number, seq: number): Answer {
  const purchase = account.purchases.get(wish.purchaseId);
  if (purchase === undefined) return refused('purchase-not-found');
  if (!owing(purchase) || lapsed(account, now)) return refused('purchase-not-payable');
  if (purchase.paid.isZero()) return refused('payment-not-received');
  const missing = purchase.price.sub(purchase.paid);
  if (missing.gt(purchase.price.mul(purchase.tolerance))) return refused('shortfall-exceeds-tolerance');
  purchase.writtenOff = missing;
  allocate(account, wish.purchaseId, purchase, now, seq + 1);
  return done();
}

export function voidPurchase(account: ModelAccount, wish: As<'void'>): Answer {
  const purchase = account.purchases.get(wish.purchaseId);
  if (purchase === undefined) return refused('purchase-not-found');
  if (!purchase.paid.isZero()) return refused('purchase-final');
  if (purchase.state !== 'awaiting_payment' && purchase.state !== 'overdue') return refused('purchase-not-payable');
  purchase.state = 'voided';
  return done();
}

/** SPEC 7: the bank took money back. What was paid too much goes first. */
export function bouncePayment(account: ModelAccount, wish: As<'bounce-payment'>): Answer {
  const payment = account.payments.get(wish.paymentId);
  if (payment === undefined) return refused('payment-not-found');
  const money = new D(wish.money);
  if (money.gt(payment.money.sub(payment.reversed))) return refused('reversal-exceeds-payment');
  const purchase = account.purchases.get(payment.purchaseId) as ModelPurchase;
  const before = ofPrice(payment);
  payment.reversed = payment.reversed.add(money);
  const taken = ofPrice(payment).sub(before);
  if (purchase.state !== 'allocated') {
    purchase.paid = purchase.paid.sub(taken);
    if (purchase.state !== 'overdue') purchase.state = purchase.paid.isZero() ? 'awaiting_payment' : 'partially_paid';
    return done();
  }
  const bought = creditsFor(purchase, purchase.reversed);
  purchase.reversed = purchase.reversed.add(taken);
  const credits = creditsFor(purchase, purchase.reversed).sub(bought);
  const lot = account.lots.find(({ purchaseId }) => purchaseId === payment.purchaseId);
  if (lot !== undefined && lot.condition !== 'refunded' && !credits.isZero()) freezeCredits(lot, credits);
  return done();
}

function ofPrice({ reversed, excess }: ModelPayment): Decimal {
  return reversed.lte(excess) ? zero : reversed.sub(excess);
}

function creditsFor({ credits, price }: ModelPurchase, money: Decimal): Decimal {
  return credits.mul(money).div(price).toDecimalPlaces(9, D.ROUND_DOWN);
}
