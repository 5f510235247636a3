import type { Decimal } from 'decimal.js';
import { NEVER, dayAfter, dayOf, startOf, type Leg, type ModelAccount } from './model-account.js';
import { capture, consume, endOrExtend, hold, lacking, newUse } from './model-holds.js';
import { D, ratio, toNano, zero } from './rates.js';
import { done, refused, type Answer, type As, type Wish } from './wish.js';

const UNIT_PRICE = '0.5';
/** Carries a wish out on the model. `seq` is the number of the entry that the ledger made of it, where it made one. */
export function carryOut(account: ModelAccount, wish: Wish, now: number, seq: number): Answer {
  account.catchUp(now);
  if (wish.do === 'run-due') return refused('nothing-due');
  if (account.closed) return refused('account-closed');
  return account.moving(now, () => decide(account, wish, now, seq));
}

function decide(account: ModelAccount, wish: Wish, now: number, seq: number): Answer {
  switch (wish.do) {
    case 'sign':
      return sign(account, wish, now);
    case 'place':
      return place(account, wish, now);
    case 'pay':
      return pay(account, wish, now);
    case 'grant':
      return grant(account, wish, now);
    case 'debit':
      return debit(account, wish, now, seq);
    case 'hold':
      return hold(account, wish, now);
    case 'capture':
      return capture(account, wish, now, seq);
    case 'reverse':
      return reverse(account, wish, now);
    case 'release':
    case 'extend':
      return endOrExtend(account, wish, now);
    case 'suspend':
      account.operator = { cutsOff: wish.cutsOff };
      return done();
    case 'resume':
      if (account.operator === null) return refused('not-suspended');
      account.operator = null;
      return done();
    case 'close':
      account.closed = true;
      return done();
    case 'run-due':
      return refused('nothing-due');
  }
}

function sign(account: ModelAccount, wish: As<'sign'>, now: number): Answer {
  if (wish.purchases.some(({ credits }) => priceOf(credits).isZero())) return refused('price-rounds-to-zero');
  const before = [...account.forms];
  account.forms.push({
    signedAt: now,
    signature: wish.signedOn === null ? now : Math.min(now, startOf(wish.signedOn)),
    from: startOf(wish.termStart),
    until: startOf(dayAfter(wish.termEnd, 1)),
    lapsesAt: startOf(dayAfter(wish.termEnd, wish.graceDays + 1)),
    version: wish.version,
    suspendAt: new D(wish.suspendAt),
    suspendOnRefusal: wish.suspendOnRefusal,
    features: wish.features,
    paymentDueDays: wish.paymentDueDays,
    priority: wish.priority,
  });
  const was = account.termAt(now, before);
  const is = account.termAt(now);
  const extends_ = was !== undefined && is !== undefined && is.until > was.until && account.terms(before).length === account.terms().length;
  if (extends_) {
    if (account.term === 'lapsed') {
      const gone = account.terms(before).at(-2)?.lapsesAt ?? 0;
      for (const lot of account.lots) {
        if (lot.allocatedAt < gone || lot.validUntil <= now) continue;
        lot.available = lot.available.add(lot.lapsed);
        lot.lapsed = zero;
      }
    }
    account.term = now < is.until ? 'running' : 'ended';
  }
  for (const { id, credits } of wish.purchases) addPurchase(account, id, credits, true, wish.version, wish.paymentDueDays, now);
  return done();
}

function priceOf(credits: string): Decimal {
  return new D(credits).mul(UNIT_PRICE).toDecimalPlaces(2);
}

function addPurchase(account: ModelAccount, id: string, credits: string, signed: boolean, version: number, dueDays: number, now: number): void {
  account.purchases.set(id, {
    signed,
    credits: new D(credits),
    price: priceOf(credits),
    version,
    dueAt: startOf(dayAfter(dayOf(now), dueDays + 1)),
    state: 'awaiting_payment',
    paid: zero,
  });
}

function place(account: ModelAccount, wish: As<'place'>, now: number): Answer {
  const form = account.ruling(now);
  const term = account.termAt(now);
  if (form === undefined) return refused('order-form-not-found');
  if (term === undefined || now < term.from || now >= term.until) return refused('term-ended');
  if (priceOf(wish.credits).isZero()) return refused('price-rounds-to-zero');
  addPurchase(account, wish.purchaseId, wish.credits, false, form.version, form.paymentDueDays, now);
  return done();
}

function pay(account: ModelAccount, wish: As<'pay'>, now: number): Answer {
  const purchase = account.purchases.get(wish.purchaseId);
  if (purchase === undefined) return refused('purchase-not-found');
  const owing = ['awaiting_payment', 'partially_paid', 'overdue'].includes(purchase.state);
  if (!owing && !(purchase.state === 'lapsed' && wish.receivedAt < purchase.dueAt)) return refused('purchase-not-payable');
  if (account.terms().every(({ lapsesAt }) => lapsesAt <= now)) return refused('purchase-not-payable');
  const paid = purchase.paid.add(wish.money);
  // What is more than what was owed bought nothing.
  purchase.paid = paid.gt(purchase.price) ? purchase.price : paid;
  if (paid.lt(purchase.price)) {
    if (purchase.state !== 'overdue') purchase.state = 'partially_paid';
    return done();
  }
  purchase.state = 'allocated';
  issue(account, 'purchase', purchase.version, purchase.credits, NEVER, now);
  return done();
}

function issue(account: ModelAccount, kind: string, version: number, credits: Decimal, validUntil: number, now: number): void {
  account.lots.push({ kind, version, allocatedAt: now, validUntil, issued: credits, available: credits, held: zero, consumed: zero, lapsed: zero });
}

function grant(account: ModelAccount, wish: As<'grant'>, now: number): Answer {
  const form = account.ruling(now);
  const term = account.termAt(now);
  if (form === undefined || term === undefined) return refused('order-form-not-found');
  if (now >= term.until) return refused('term-ended');
  const end = wish.validThrough === null ? NEVER : startOf(dayAfter(wish.validThrough, 1));
  if (end <= now) return refused('invalid-request');
  issue(account, wish.kind, form.version, new D(wish.credits), end >= term.until ? NEVER : end, now);
  return done(new D(wish.credits));
}

function debit(account: ModelAccount, wish: As<'debit'>, now: number, seq: number): Answer {
  if (account.ruling(now)?.features.includes(wish.feature) !== true) return refused('feature-not-ordered');
  const occurredAt = wish.occurredAt ?? now;
  const code = wish.record ? null : newUse(account, now);
  if (code !== null) return refused(code);
  const term = account.termAt(now);
  if (term === undefined || occurredAt < term.from || occurredAt >= term.until || occurredAt > now + 300_000) return refused('occurred-at-out-of-range');
  const charged = wish.feature !== 'avatar';
  const priced = account.price(wish.feature, wish.used, wish.record ? occurredAt : now, now);
  if (!charged) {
    account.actions.set(seq, { legs: [], reversed: zero });
    return done();
  }
  if (priced === null) return refused('no-rate-for-meter');
  const costs = !priced.rest.isZero() || priced.legs.some(({ credits }) => !credits.isZero());
  if (costs && !wish.record) {
    if (account.credit === 'suspended') return refused('account-suspended');
    if (!priced.rest.isZero()) return lacking(account, priced.rest, now);
  }
  account.actions.set(seq, { legs: priced.legs, reversed: zero });
  return done(consume(priced.legs), priced.rest);
}

/** SPEC 12: a share of the usage, from the newest part on; what no lot paid is the newest of all. */
function reverse(account: ModelAccount, wish: As<'reverse'>, now: number): Answer {
  const action = account.actions.get(wish.seq);
  if (action === undefined) return refused('not-reversible');
  const left = new D(1).sub(action.reversed);
  const share = wish.share === null ? left : new D(wish.share);
  if (share.isZero() || share.gt(left)) return refused('reversal-exceeds-debit');
  const before = returnedBy(action.legs, action.reversed);
  const reversed = action.reversed.add(share);
  const after = returnedBy(action.legs, reversed);
  let sum = zero;
  action.legs.forEach(({ lot }, i) => {
    const back = (after[i] ?? zero).sub(before[i] ?? zero);
    lot.consumed = lot.consumed.sub(back);
    account.giveBack(lot, back, now);
    sum = sum.add(back);
  });
  account.actions.set(wish.seq, { ...action, reversed });
  return done(sum);
}

/** What each leg has given back once so much of the action is reversed. */
function returnedBy(legs: readonly Leg[], reversed: Decimal): Decimal[] {
  const paid = legs.filter(({ credits }) => !credits.isZero());
  let reach = reversed.sub(new D(1).sub(paid.reduce((sum, { share }) => sum.add(share), zero)));
  const back = new Map<Leg, Decimal>();
  for (const leg of [...paid].reverse()) {
    if (reversed.gte(1) || reach.gte(leg.share)) back.set(leg, leg.credits);
    else if (reach.gt(0)) back.set(leg, toNano(leg.credits.mul(ratio(reach, leg.share))));
    reach = reach.sub(leg.share);
  }
  return legs.map((leg) => back.get(leg) ?? zero);
}

