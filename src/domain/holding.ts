import type { AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { instantText } from './calendar.js';
import { canonicalJson } from './canonical-json.js';
import type { ExtendHold, PlaceHold, ReleaseHold } from './command.js';
import { versionsOf, type OrderedFeature } from './contract.js';
import { ZERO, formatCredits, formatShare, least, type Amount } from './credits.js';
import { admit, admitNewUse, suspendedRefusal } from './debit.js';
import type { Origin, PostingDraft } from './entry.js';
import { refusal, type Refusal } from './errors.js';
import { MAX_HOLD_LIFE_MS, type Hold, type HoldLeg } from './hold.js';
import { isEligible } from './lot.js';
import { MORE_LOTS_NEEDED, ratesForLot } from './pricing.js';
import { returnCredits } from './returning.js';
import { usageText } from './usage.js';

/** SPEC 6: sets credits aside for an action under way, all or nothing. Lots and rates are those of this moment. */
export function decideHold(state: AccountState, command: PlaceHold, context: Context): Booking[] | Refusal | typeof MORE_LOTS_NEEDED {
  if (state.holds.has(command.holdId)) {
    return refusal('hold-exists', 'This account has a hold of that id already.', { pointer: '/holdId' });
  }
  const wanted = 'usage' in command.estimate ? holdUsage(state, command, command.estimate.usage, context) : holdCredits(state, command, command.estimate.credits, context);
  if (wanted === MORE_LOTS_NEEDED || 'code' in wanted) return wanted;
  const { ordered, postings } = wanted;
  const hold: Hold = {
    holdId: command.holdId,
    state: 'open',
    feature: command.feature,
    billing: ordered.mode,
    placedSeq: state.seq + 1,
    placedAt: context.now,
    expiresAt: context.now + command.ttlMs,
    maxCapture: command.maxCapture,
    legs: postings.map(({ lotId, rateVersion, credits }) => ({ lotId, rateVersion: rateVersion ?? '', held: credits })),
    usage: [],
    captured: ZERO,
  };
  const detail = detailOf(command, hold);
  const credits = postings.reduce((sum, posting) => sum.add(posting.credits), ZERO);
  return [
    {
      // Written out, as a debit's is: a hold comes as often, and copies cost it more than its arithmetic.
      draft: {
        type: 'hold',
        keyDigest: command.keyDigest,
        fingerprint: command.fingerprint,
        actor: command.actor,
        occurredAt: context.now,
        feature: command.feature,
        subject: command.holdId,
        cites: null,
        credits,
        unfunded: null,
        rateVersion: null,
        endUser: null,
        metadata: null,
        detail,
        postings,
      },
      effects: { hold },
    },
  ];
}

/** Canonical, its members in alphabetical order: written out, since sorting costs as much as deciding. */
function detailOf({ estimate, maxCapture }: PlaceHold, { billing, expiresAt }: Hold): string {
  const wanted = 'usage' in estimate ? `"usage":${usageText(estimate.usage)}` : `"credits":"${formatCredits(estimate.credits)}"`;
  const cap = maxCapture === null ? 'null' : `"${formatCredits(maxCapture)}"`;
  return `{"billing":"${billing}","estimate":{${wanted}},"expiresAt":"${instantText(expiresAt)}","maxCapture":${cap}}`;
}

interface HoldWanted {
  readonly ordered: OrderedFeature;
  readonly postings: readonly PostingDraft[];
}

function holdUsage(
  state: AccountState,
  command: PlaceHold,
  usage: Extract<PlaceHold['estimate'], { usage: unknown }>['usage'],
  context: Context,
): HoldWanted | Refusal | typeof MORE_LOTS_NEEDED {
  const admitted = admit(state, { mode: 'authorize', feature: command.feature, usage, occurredAt: null }, context);
  if (admitted === MORE_LOTS_NEEDED || 'code' in admitted) return admitted;
  const { ordered, priced } = admitted;
  const legs = ordered.mode === 'credits' ? priced.legs.filter((leg) => !leg.credits.isZero()) : [];
  return {
    ordered,
    postings: legs.map((leg) => ({
      lotId: leg.lot.lotId,
      from: 'available',
      to: 'held',
      credits: leg.credits,
      rateVersion: leg.rateVersion,
      share: formatShare(leg.share),
    })),
  };
}

/** An estimate in credits takes them from the lots that could pay for the feature, in burn order. */
function holdCredits(state: AccountState, command: PlaceHold, wanted: Amount, context: Context): HoldWanted | Refusal | typeof MORE_LOTS_NEEDED {
  const ordered = admitNewUse(state, command.feature, context);
  if ('code' in ordered) return ordered;
  if (ordered.mode !== 'credits') return { ordered, postings: [] };
  if (state.standing.credit === 'suspended' && !wanted.isZero()) return suspendedRefusal(state, context.now);
  const versions = versionsOf(state.contract, context.rates);
  const postings: PostingDraft[] = [];
  let left = wanted;
  for (const lot of state.lots) {
    if (left.isZero()) break;
    if (!isEligible(lot, context.now)) continue;
    const rated = ratesForLot(lot, command.feature, context.now, context.rates, versions);
    if (rated === null) continue;
    const credits = least(left, lot.buckets.available);
    left = left.sub(credits);
    postings.push({ lotId: lot.lotId, from: 'available', to: 'held', credits, rateVersion: rated.version.id, share: null });
  }
  if (!left.isZero()) {
    if (state.moreLots) return MORE_LOTS_NEEDED;
    const current = versions.versionForPurchase(context.now);
    if (postings.length === 0 && current?.features.has(command.feature) !== true) return noRateForFeature(command.feature);
    const affordable = wanted.sub(left);
    return refusal('insufficient-credits', 'The balance does not cover this hold. Buy credits, or hold as much as is affordable.', {
      data: {
        required: formatCredits(wanted),
        available: formatCredits(state.available),
        held: formatCredits(state.held),
        shortfall: formatCredits(left),
        affordable: { credits: formatCredits(affordable) },
      },
    });
  }
  return { ordered, postings };
}

/** Credits do not help where no version rates the feature: it is no lack of them. */
function noRateForFeature(feature: string): Refusal {
  return refusal('no-rate-for-meter', `No rate version of this account knows ${feature}. Check the name against the rate card of the order form.`, {
    pointer: '/feature',
  });
}

export function decideRelease(state: AccountState, command: ReleaseHold, context: Context): Booking[] | Refusal {
  const hold = openHold(state, command.holdId);
  return 'code' in hold ? hold : [giveBack(state, hold, 'released', command, context, context.now)];
}

export function decideExtension(state: AccountState, command: ExtendHold, context: Context): Booking[] | Refusal {
  const hold = openHold(state, command.holdId);
  if ('code' in hold) return hold;
  const latest = hold.placedAt + MAX_HOLD_LIFE_MS;
  const expiresAt = context.now + command.ttlMs;
  if (expiresAt > latest || expiresAt < hold.expiresAt) {
    return refusal('hold-extension-out-of-range', 'A hold is only ever extended, and lives at most 7 days after it was placed.', {
      pointer: '/ttlSeconds',
      data: { expiresAt: instantText(hold.expiresAt), latest: instantText(latest) },
    });
  }
  return [
    {
      draft: {
        ...plain(command),
        type: 'hold-extended',
        occurredAt: context.now,
        feature: hold.feature,
        subject: hold.holdId,
        detail: canonicalJson({ expiresAt: instantText(expiresAt) }),
      },
      effects: { hold: { ...hold, expiresAt } },
    },
  ];
}

/** A hold that is still open, or why there is none: a second end is a conflict. */
function openHold(state: AccountState, holdId: string): Hold | Refusal {
  const hold = state.holds.get(holdId);
  if (hold === undefined) return refusal('hold-not-found', 'This account has no such hold.');
  if (hold.state === 'open') return hold;
  return refusal('hold-finalized', `The hold is ${hold.state}: it has ended already.`, { data: { state: hold.state } });
}

/** The end of a hold that was not captured whole: what it still has goes back to its lots. */
export function giveBack(
  state: AccountState,
  hold: Hold,
  end: 'released' | 'expired',
  origin: Origin,
  context: Context,
  occurredAt: number,
): Booking {
  const postings = returnPostings(state, hold.legs, context.now);
  return {
    draft: {
      ...plain(origin),
      type: end === 'released' ? 'hold-released' : 'hold-expired',
      occurredAt,
      feature: hold.feature,
      subject: hold.holdId,
      credits: postings.reduce((sum, posting) => sum.add(posting.credits), ZERO),
      detail: canonicalJson({ captured: formatCredits(hold.captured), usage: usageText(hold.usage) }),
      postings,
    },
    effects: { hold: { ...hold, state: end, legs: hold.legs.map(emptied) } },
  };
}

export function returnPostings(state: AccountState, legs: readonly HoldLeg[], now: number): PostingDraft[] {
  const left = legs.filter((leg) => !leg.held.isZero());
  return returnCredits(state, left.map(({ lotId, held, rateVersion }) => ({ lotId, from: 'held', credits: held, rateVersion })), now);
}

export function emptied(leg: HoldLeg): HoldLeg {
  return { ...leg, held: ZERO };
}
