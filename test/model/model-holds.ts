import type { Decimal } from 'decimal.js';
import type { Leg, ModelAccount, ModelHold } from './model-account.js';
import { remember } from './model-corrections.js';
import { D, cost, sumOf, zero } from './rates.js';
import { done, refused, type Answer, type As } from './wish.js';

/** Whether new use is admitted at all: the code it is refused with, or null. */
export function newUse(account: ModelAccount, now: number): string | null {
  const term = account.termAt(now);
  if (account.operator !== null) return 'account-suspended';
  return term === undefined || now < term.from || now >= term.until ? 'term-ended' : null;
}

/** P5: the first refusal for lack of credits limits, or suspends; not where running work holds them. */
export function lacking(account: ModelAccount, shortfall: Decimal, now: number): Answer {
  const { held } = account;
  if (held.isZero() || held.lt(shortfall)) {
    if (account.ruling(now)?.suspendOnRefusal === true) account.credit = 'suspended';
    else if (account.credit === 'active') account.credit = 'limited';
  }
  return refused('insufficient-credits');
}

export function consume(legs: readonly Leg[]): Decimal {
  let sum = zero;
  for (const { lot, from, credits } of legs) {
    lot[from] = lot[from].sub(credits);
    lot.consumed = lot.consumed.add(credits);
    sum = sum.add(credits);
  }
  return sum;
}

export function hold(account: ModelAccount, wish: As<'hold'>, now: number): Answer {
  if (account.holds.has(wish.holdId)) return refused('hold-exists');
  if (account.ruling(now)?.features.includes(wish.feature) !== true) return refused('feature-not-ordered');
  const code = newUse(account, now);
  if (code !== null) return refused(code);
  const charged = wish.feature !== 'avatar';
  const wanted = charged ? legsOfHold(account, wish, now) : [];
  if (!Array.isArray(wanted)) return wanted;
  const placed: ModelHold = {
    feature: wish.feature,
    charged,
    placedAt: now,
    cap: wish.cap === null ? null : new D(wish.cap),
    expiresAt: now + wish.ttlMs,
    state: 'open',
    used: {},
    captured: zero,
    legs: wanted,
  };
  account.holds.set(wish.holdId, placed);
  let sum = zero;
  for (const { lot, held } of wanted) {
    lot.available = lot.available.sub(held);
    lot.held = lot.held.add(held);
    sum = sum.add(held);
  }
  return done(sum);
}

function legsOfHold(account: ModelAccount, wish: As<'hold'>, now: number): ModelHold['legs'] | Answer {
  if (wish.used !== null) {
    const priced = account.price(wish.feature, wish.used, now, now);
    if (priced === null) return refused('no-rate-for-meter');
    const legs = priced.legs.filter(({ credits }) => !credits.isZero());
    const costs = legs.length > 0 || !priced.rest.isZero();
    if (costs && account.credit === 'suspended') return refused('account-suspended');
    if (!priced.rest.isZero()) return lacking(account, priced.rest, now);
    return legs.map(({ lot, version, credits }) => ({ lot, version, held: credits }));
  }
  let left = new D(wish.credits);
  if (account.credit === 'suspended' && !left.isZero()) return refused('account-suspended');
  const legs: ModelHold['legs'] = [];
  for (const lot of account.burnOrder(now)) {
    const version = account.versionFor(lot.version, wish.feature);
    if (version === undefined || left.isZero()) continue;
    const held = lot.available.lt(left) ? lot.available : left;
    left = left.sub(held);
    legs.push({ lot, version, held });
  }
  if (left.isZero()) return legs;
  const current = account.ruling(now)?.version ?? 0;
  if (legs.length === 0 && cost(current, wish.feature, {}) === null) return refused('no-rate-for-meter');
  return lacking(account, left, now);
}

export function capture(account: ModelAccount, wish: As<'capture'>, now: number, seq: number): Answer {
  const held = account.holds.get(wish.holdId);
  if (held === undefined) return refused('hold-not-found');
  if (held.state === 'captured' || held.state === 'released') return refused('hold-finalized');
  if (account.operator?.cutsOff === true) return refused('account-suspended');
  const before = held.used;
  const used = sumOf(before, wish.used);
  const priced = account.price(held.feature, used, now, now, held);
  if (held.charged && priced === null) return refused('no-rate-for-meter');
  let legs: Leg[] = [];
  let unfunded = zero;
  let unfundedShare = zero;
  if (held.charged && priced !== null) {
    unfunded = priced.rest;
    unfundedShare = priced.restShare;
    let room = held.cap?.sub(held.captured) ?? new D(10).pow(30);
    for (const leg of priced.legs) {
      const credits = leg.credits.lt(room) ? leg.credits : room;
      room = room.sub(credits);
      unfunded = unfunded.add(leg.credits).sub(credits);
      const share = credits.eq(leg.credits) ? leg.share : leg.share.mul(credits).div(leg.credits).toSignificantDigits(40);
      unfundedShare = unfundedShare.add(leg.share).sub(share);
      legs.push({ ...leg, credits, share });
    }
    legs = legs.filter(({ credits }) => !credits.isZero());
  }
  for (const { lot, from, credits } of legs) {
    const leg = from === 'held' ? held.legs.find((other) => other.lot === lot) : undefined;
    if (leg !== undefined) leg.held = leg.held.sub(credits);
  }
  const credits = consume(legs);
  held.used = used;
  held.captured = held.captured.add(credits);
  if (wish.final || held.state === 'expired') account.endHold(held, 'captured', now);
  account.actions.set(seq, { legs, reversed: zero });
  remember(account, seq, { feature: held.feature, used: wish.used, usedBefore: before }, unfunded, unfundedShare);
  return done(credits, unfunded);
}

export function endOrExtend(account: ModelAccount, wish: As<'release' | 'extend'>, now: number): Answer {
  const held = account.holds.get(wish.holdId);
  if (held === undefined) return refused('hold-not-found');
  if (held.state !== 'open') return refused('hold-finalized');
  if (wish.do === 'extend') {
    const expiresAt = now + wish.ttlMs;
    if (expiresAt < held.expiresAt || expiresAt > held.placedAt + 7 * 86_400_000) return refused('hold-extension-out-of-range');
    held.expiresAt = expiresAt;
    return done();
  }
  const back = held.legs.reduce((sum, leg) => sum.add(leg.held), zero);
  account.endHold(held, 'released', now);
  return done(back);
}
