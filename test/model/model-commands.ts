import type { Decimal } from 'decimal.js';
import { NEVER, dayAfter, startOf, type Leg, type ModelAccount, type ModelForm } from './model-account.js';
import { adjust, freeze, refund, releaseFrozen, remember, settle, transferIn, transferOut, waive, withdrawFrozen } from './model-corrections.js';
import { capture, consume, endOrExtend, hold, lacking, newUse } from './model-holds.js';
import { addPurchase, bouncePayment, pay, place, priceOf, voidPurchase, writeOff } from './model-payments.js';
import { D, ratio, toNano, zero } from './rates.js';
import { done, refused, type Answer, type As, type Wish } from './wish.js';

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
      return pay(account, wish, now, seq);
    case 'grant':
      return grant(account, wish, now, seq);
    case 'debit':
      return debit(account, wish, now, seq);
    case 'hold':
      return hold(account, wish, now);
    case 'capture':
      return capture(account, wish, now, seq);
    case 'reverse':
      return reverse(account, wish, now);
    case 'bounce-payment':
      return bouncePayment(account, wish);
    case 'write-off':
      return writeOff(account, wish, now, seq);
    case 'void':
      return voidPurchase(account, wish);
    case 'adjust':
      return adjust(account, wish, now, seq);
    case 'freeze':
      return freeze(account, wish);
    case 'release-frozen':
      return releaseFrozen(account, wish, now);
    case 'withdraw-frozen':
      return withdrawFrozen(account, wish);
    case 'refund':
      return refund(account, wish);
    case 'transfer-out':
      return transferOut(account, wish);
    case 'transfer-in':
      return transferIn(account, wish, now, seq);
    case 'settle':
      return settle(account, wish);
    case 'waive':
      return waive(account, wish);
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
    tolerance: wish.tolerance,
  });
  const was = account.termAt(now, before);
  const is = account.termAt(now);
  const extends_ = was !== undefined && is !== undefined && is.until > was.until && account.terms(before).length === account.terms().length;
  if (extends_) {
    if (account.term === 'lapsed') {
      const gone = account.terms(before).at(-2)?.lapsesAt ?? 0;
      for (const lot of account.lots) {
        if (lot.allocatedAt < gone || lot.validUntil <= now || lot.condition === 'refunded') continue;
        const back = lot.lapsed;
        lot.lapsed = zero;
        const frozen = back.lt(lot.owed) ? back : lot.owed;
        lot.owed = lot.owed.sub(frozen);
        lot.frozen = lot.frozen.add(frozen);
        lot.available = lot.available.add(back).sub(frozen);
      }
    }
    account.term = now < is.until ? 'running' : 'ended';
  }
  for (const { id, credits } of wish.purchases) addPurchase(account, id, credits, true, account.forms.at(-1) as ModelForm, now);
  return done();
}

function grant(account: ModelAccount, wish: As<'grant'>, now: number, seq: number): Answer {
  const form = account.ruling(now);
  const term = account.termAt(now);
  if (form === undefined || term === undefined) return refused('order-form-not-found');
  if (now >= term.until) return refused('term-ended');
  const end = wish.validThrough === null ? NEVER : startOf(dayAfter(wish.validThrough, 1));
  if (end <= now) return refused('invalid-request');
  const lot = { lotId: seq, kind: wish.kind, version: form.version, allocatedAt: now, validUntil: end >= term.until ? NEVER : end, purchaseId: null };
  account.issue(lot, new D(wish.credits));
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
  remember(account, seq, { feature: wish.feature, used: wish.used, usedBefore: null }, priced.rest, priced.restShare);
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
  const unfunded = account.unfunded.get(wish.seq);
  if (unfunded?.state === 'open') {
    const open = unfunded.share.sub(reversed);
    unfunded.openShare = open.gt(0) ? open : zero;
    if (unfunded.openShare.isZero()) unfunded.state = 'reversed';
  }
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

