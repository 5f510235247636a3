import type { Decimal } from 'decimal.js';
import { NEVER, type ModelAccount, type ModelLot, type ModelUnfunded } from './model-account.js';
import { D, cost, sumOf, toNano, zero } from './rates.js';
import { done, refused, type Answer, type As } from './wish.js';

/** SPEC 12: gives credits, or takes back what was given. What was bought is never taken (P4). */
export function adjust(account: ModelAccount, wish: As<'adjust'>, now: number, seq: number): Answer {
  const credits = new D(wish.credits);
  if (wish.lotId === null) {
    const form = account.ruling(now);
    const term = account.termAt(now);
    if (form === undefined || term === undefined) return refused('order-form-not-found');
    if (now >= term.until) return refused('term-ended');
    account.issue({ lotId: seq, kind: 'adjustment', version: form.version, allocatedAt: now, validUntil: NEVER, purchaseId: null }, credits);
    return done(credits);
  }
  const lot = account.lot(wish.lotId);
  if (lot === undefined) return refused('lot-not-found');
  if (lot.kind === 'purchase') return refused('purchase-final');
  if (credits.gt(lot.available)) return refused('exceeds-lot');
  lot.available = lot.available.sub(credits);
  lot.withdrawn = lot.withdrawn.add(credits);
  return done(credits);
}

/** At most what the lot still stands for; what is not available now is owed. Answers what was frozen at once. */
export function freezeCredits(lot: ModelLot, credits: Decimal): Decimal {
  const most = lot.issued.sub(lot.frozen).sub(lot.withdrawn).sub(lot.owed);
  const claimed = credits.lt(most) ? credits : most;
  const now = claimed.lt(lot.available) ? claimed : lot.available;
  lot.available = lot.available.sub(now);
  lot.frozen = lot.frozen.add(now);
  lot.owed = lot.owed.add(claimed).sub(now);
  lot.condition = 'frozen';
  return now;
}

export function freeze(account: ModelAccount, wish: As<'freeze'>): Answer {
  const lot = account.lot(wish.lotId);
  if (lot === undefined) return refused('lot-not-found');
  if (lot.condition === 'refunded') return refused('lot-refunded');
  return done(freezeCredits(lot, wish.credits === null ? lot.issued : new D(wish.credits)));
}

export function releaseFrozen(account: ModelAccount, wish: As<'release-frozen'>, now: number): Answer {
  const lot = account.lot(wish.lotId);
  if (lot === undefined) return refused('lot-not-found');
  const claim = lot.frozen.add(lot.owed);
  const released = wish.credits === null ? claim : new D(wish.credits);
  if (released.isZero() || released.gt(claim)) return refused('lot-not-frozen');
  const forgiven = released.lt(lot.owed) ? released : lot.owed;
  const back = released.sub(forgiven);
  lot.owed = lot.owed.sub(forgiven);
  lot.frozen = lot.frozen.sub(back);
  if (account.isOver(lot, now)) lot.lapsed = lot.lapsed.add(back);
  else lot.available = lot.available.add(back);
  endFreeze(lot);
  return done(back);
}

export function withdrawFrozen(account: ModelAccount, wish: As<'withdraw-frozen'>): Answer {
  const lot = account.lot(wish.lotId);
  if (lot === undefined) return refused('lot-not-found');
  const credits = wish.credits === null ? lot.frozen : new D(wish.credits);
  if (credits.isZero() || credits.gt(lot.frozen)) return refused('lot-not-frozen');
  lot.frozen = lot.frozen.sub(credits);
  lot.withdrawn = lot.withdrawn.add(credits);
  endFreeze(lot);
  return done(credits);
}

function endFreeze(lot: ModelLot): void {
  if (lot.condition === 'frozen' && lot.owed.isZero() && lot.frozen.isZero()) lot.condition = 'normal';
}

/** P4: what is left of a bought lot is withdrawn; what comes back later is as well. */
export function refund(account: ModelAccount, wish: As<'refund'>): Answer {
  const lot = account.lot(wish.lotId);
  if (lot === undefined) return refused('lot-not-found');
  if (lot.kind !== 'purchase') return refused('lot-not-refundable');
  if (lot.condition === 'refunded') return refused('lot-refunded');
  const credits = lot.available.add(lot.frozen);
  lot.withdrawn = lot.withdrawn.add(credits);
  lot.available = zero;
  lot.frozen = zero;
  lot.owed = zero;
  lot.condition = 'refunded';
  return done(credits);
}

/** P7: with consent, what is available moves to another account, and keeps its rates. */
export function transferOut(account: ModelAccount, wish: As<'transfer-out'>): Answer {
  const lot = account.lot(wish.lotId);
  if (lot === undefined) return refused('lot-not-found');
  if (lot.condition !== 'normal') return refused(`lot-${lot.condition}`);
  const credits = wish.credits === null ? lot.available : new D(wish.credits);
  if (credits.isZero() || credits.gt(lot.available)) return refused('exceeds-lot');
  lot.available = lot.available.sub(credits);
  lot.transferred = lot.transferred.add(credits);
  return done(credits);
}

export function transferIn(account: ModelAccount, wish: As<'transfer-in'>, now: number, seq: number): Answer {
  const { kind, version, validUntil } = wish.lot;
  const credits = new D(wish.credits);
  account.issue({ lotId: seq, kind, version, allocatedAt: now, validUntil, purchaseId: null }, credits);
  return done(credits);
}

/** Keeps what no lot paid of an action, if there was any. */
export function remember(
  account: ModelAccount,
  seq: number,
  action: Pick<ModelUnfunded, 'feature' | 'used' | 'usedBefore'>,
  credits: Decimal,
  share: Decimal,
): void {
  if (!credits.isZero()) account.unfunded.set(seq, { ...action, share, openShare: share, state: 'open' });
}

/** P6: by an explicit act, from a lot that was bought later, at that lot's own rates; whole or not at all. */
export function settle(account: ModelAccount, wish: As<'settle'>): Answer {
  const unfunded = account.unfunded.get(wish.seq);
  if (unfunded === undefined) return refused('unfunded-usage-not-found');
  if (unfunded.state !== 'open') return refused('unfunded-usage-ended');
  const lot = account.lot(wish.lotId);
  if (lot === undefined) return refused('lot-not-found');
  if (lot.kind !== 'purchase' || lot.lotId < wish.seq) return refused('lot-not-bought-later');
  const version = account.versionFor(lot.version, unfunded.feature);
  if (version === undefined) return refused('no-rate-for-meter');
  const { feature, used, usedBefore, openShare } = unfunded;
  const whole = cost(version, feature, usedBefore === null ? used : sumOf(usedBefore, used)) ?? zero;
  const due = usedBefore === null ? whole : toNano(whole).sub(toNano(cost(version, feature, usedBefore) ?? zero));
  const credits = toNano(openShare.mul(due));
  if (credits.gt(lot.available)) return refused('exceeds-lot');
  lot.available = lot.available.sub(credits);
  lot.consumed = lot.consumed.add(credits);
  const action = account.actions.get(wish.seq);
  if (action !== undefined && !credits.isZero()) {
    account.actions.set(wish.seq, { ...action, legs: [...action.legs, { lot, from: 'available', version, share: openShare, credits }] });
  }
  unfunded.openShare = zero;
  unfunded.state = 'settled';
  return done(credits);
}

export function waive(account: ModelAccount, wish: As<'waive'>): Answer {
  const unfunded = account.unfunded.get(wish.seq);
  if (unfunded === undefined) return refused('unfunded-usage-not-found');
  if (unfunded.state !== 'open') return refused('unfunded-usage-ended');
  unfunded.openShare = zero;
  unfunded.state = 'waived';
  return done();
}
