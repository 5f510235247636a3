import { findLot, type AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import type { CaptureHold } from './command.js';
import { versionsOf } from './contract.js';
import { ZERO, exceedsRange, formatCredits, formatShare, least, type Amount } from './credits.js';
import type { PostingDraft } from './entry.js';
import { refusal, type Refusal } from './errors.js';
import type { Hold, HoldLeg } from './hold.js';
import { emptied, returnPostings } from './holding.js';
import { MORE_LOTS_NEEDED, priceAction, type HeldPart, type Leg, type Priced } from './pricing.js';
import { sumOfUsage, usageText, type Usage } from './usage.js';

/**
 * SPEC 6: turns credits of a hold into a debit. What was held is used first, at the lots and rates of the hold; more is
 * drawn from what is available; what is not there is unfunded. A capture after expiry is still taken, once.
 */
export function decideCapture(state: AccountState, command: CaptureHold, context: Context): Booking[] | Refusal | typeof MORE_LOTS_NEEDED {
  const hold = state.holds.get(command.holdId);
  if (hold === undefined) return refusal('hold-not-found', 'This account has no such hold.');
  if (hold.state === 'captured' || hold.state === 'released') {
    return refusal('hold-finalized', `The hold is ${hold.state}: it has ended already.`, { data: { state: hold.state } });
  }
  if (state.standing.operator?.cutsOffRunningWork === true) {
    return refusal('account-suspended', 'An operator suspended the account and cut off running work.', {
      data: { reference: state.standing.operator.reference },
    });
  }
  const late = hold.state === 'expired';
  const usage = sumOfUsage(hold.usage, command.usage);
  const priced = priceAction({
    feature: hold.feature,
    usage,
    usageBefore: hold.usage,
    held: heldParts(state, hold),
    actionTime: context.now,
    now: context.now,
    lots: state.lots,
    moreLots: state.moreLots,
    rates: context.rates,
    versions: versionsOf(state.contract, context.rates),
  });
  if (priced === MORE_LOTS_NEEDED) return priced;
  if (hold.billing !== 'credits') {
    // P1: what is billed otherwise is metered, with what it would have cost where the card knows it.
    const wouldCost = 'code' in priced ? null : priced.covered.add(priced.shortfall?.credits ?? ZERO);
    return [booking(state, command, context, { hold, usage, priced: FREE, late, wouldCost })];
  }
  if ('code' in priced) return priced;
  if (exceedsRange(priced.covered.add(priced.shortfall?.credits ?? ZERO))) {
    return refusal('amount-out-of-range', 'The action would cost more than 29 integer digits of credits.', { pointer: '/usage' });
  }
  return [booking(state, command, context, { hold, usage, priced: capped(hold, priced), late, wouldCost: null })];
}

interface Captured {
  readonly hold: Hold;
  /** Of the whole action so far. */
  readonly usage: Usage;
  readonly priced: Priced;
  readonly late: boolean;
  readonly wouldCost: Amount | null;
}

const FREE: Priced = { legs: [], covered: ZERO, shortfall: null };

function heldParts(state: AccountState, hold: Hold): HeldPart[] {
  return hold.legs.map(({ lotId, rateVersion, held }) => {
    const lot = findLot(state, lotId);
    if (lot === undefined) throw new Error(`lot ${lotId} was not loaded`);
    return { lot, rateVersion, credits: held };
  });
}

/** With `maxCapture` no more is consumed than the caller agreed to; the rest is unfunded, at the rates it would have been paid at. */
function capped(hold: Hold, priced: Priced): Priced {
  if (hold.maxCapture === null) return priced;
  let room = hold.maxCapture.sub(hold.captured);
  if (priced.covered.lte(room)) return priced;
  let cut = ZERO;
  let cutShare = ZERO;
  let rateVersion = priced.shortfall?.rateVersion ?? '';
  const legs: Leg[] = [];
  for (const leg of priced.legs) {
    const credits = least(leg.credits, room);
    room = room.sub(credits);
    const share = credits.eq(leg.credits) ? leg.share : leg.share.mul(credits).div(leg.credits).toSignificantDigits(40);
    if (!credits.isZero()) legs.push({ ...leg, credits, share });
    if (credits.eq(leg.credits)) continue;
    cut = cut.add(leg.credits.sub(credits));
    cutShare = cutShare.add(leg.share.sub(share));
    rateVersion = leg.rateVersion;
  }
  return {
    legs,
    covered: priced.covered.sub(cut),
    shortfall: {
      share: cutShare.add(priced.shortfall?.share ?? ZERO),
      credits: cut.add(priced.shortfall?.credits ?? ZERO),
      rateVersion,
    },
  };
}

function booking(state: AccountState, command: CaptureHold, context: Context, { hold, usage, priced, late, wouldCost }: Captured): Booking {
  const { legs, covered, shortfall } = priced;
  const ends = command.final || late;
  const paid = legs.filter((leg) => !leg.credits.isZero());
  const left = hold.legs.map((leg) => ({ ...leg, held: leg.held.sub(takenFrom(paid, leg)) }));
  const postings: PostingDraft[] = paid.map((leg) => ({
    lotId: leg.lot.lotId,
    from: leg.from,
    to: 'consumed',
    credits: leg.credits,
    rateVersion: leg.rateVersion,
    share: formatShare(leg.share),
  }));
  if (ends) postings.push(...returnPostings(state, left, context.now));
  const captured = hold.captured.add(covered);
  const unfunded = shortfall !== null && !shortfall.credits.isZero() ? shortfall : null;
  return {
    draft: {
      type: 'capture',
      keyDigest: command.keyDigest,
      fingerprint: command.fingerprint,
      actor: command.actor,
      occurredAt: context.now,
      feature: hold.feature,
      subject: hold.holdId,
      cites: hold.placedSeq,
      credits: covered,
      unfunded: unfunded?.credits ?? null,
      rateVersion: shortfall?.rateVersion ?? null,
      endUser: command.endUser,
      metadata: command.metadata,
      detail: detailOf(command, {
        hold,
        late,
        captured,
        unfundedShare: unfunded?.share ?? null,
        wouldCost: wouldCost === null || exceedsRange(wouldCost) ? null : wouldCost,
      }),
      postings,
    },
    effects: {
      hold: {
        holdId: hold.holdId,
        state: ends ? 'captured' : 'open',
        feature: hold.feature,
        billing: hold.billing,
        placedSeq: hold.placedSeq,
        placedAt: hold.placedAt,
        expiresAt: hold.expiresAt,
        maxCapture: hold.maxCapture,
        legs: ends ? left.map(emptied) : left,
        usage,
        captured,
      },
    },
  };
}

interface CaptureDetail {
  readonly hold: Hold;
  readonly late: boolean;
  /** Of the hold, this capture included. */
  readonly captured: Amount;
  readonly unfundedShare: Amount | null;
  readonly wouldCost: Amount | null;
}

/** Canonical, its members in alphabetical order: written out, since sorting costs as much as deciding. */
function detailOf({ final, usage }: CaptureHold, { hold, late, captured, unfundedShare, wouldCost }: CaptureDetail): string {
  let text = `{"billing":"${hold.billing}","captured":"${formatCredits(captured)}","final":${String(final)},"late":${String(late)}`;
  if (unfundedShare !== null) text += `,"unfundedShare":"${formatShare(unfundedShare)}"`;
  text += `,"usage":${usageText(usage)},"usageBefore":${usageText(hold.usage)}`;
  if (wouldCost !== null) text += `,"wouldCost":"${formatCredits(wouldCost)}"`;
  return `${text}}`;
}

function takenFrom(legs: readonly Leg[], { lotId }: HoldLeg): Amount {
  return legs.reduce((sum, leg) => (leg.from === 'held' && leg.lot.lotId === lotId ? sum.add(leg.credits) : sum), ZERO);
}
