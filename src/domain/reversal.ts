import type { AccountState, CitedDebit, CitedLeg } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { canonicalJson } from './canonical-json.js';
import type { Reverse } from './command.js';
import { ONE, ZERO, amount, formatShare, roundCredits, shareOf, type Amount } from './credits.js';
import type { Entry } from './entry.js';
import { refusal, type Refusal } from './errors.js';
import { afterReversalOf } from './unfunded.js';
import { returnCredits, type Returned } from './returning.js';

/**
 * SPEC 12: gives back a debit or a capture, whole or in part, by an entry that cites it. A part is a share of the *usage*, taken from
 * the newest leg first, each at its own leg's credits. What went unfunded, or was free, is the newest part of all.
 */
export function decideReversal(state: AccountState, command: Reverse, context: Context): Booking[] | Refusal {
  const cited = state.citedDebits.get(command.seq);
  if (cited === undefined) {
    return refusal('not-reversible', `Entry ${command.seq} of this account is no debit and no capture.`, { pointer: '/seq' });
  }
  const left = ONE.sub(cited.reversedShare);
  const share = command.share ?? left;
  if (share.isZero() || share.gt(left)) {
    return refusal('reversal-exceeds-debit', 'No more can be reversed than is left of the debit.', {
      pointer: '/share',
      data: { reversedShare: formatShare(cited.reversedShare), reversible: formatShare(left) },
    });
  }
  const after = afterReversal(cited, share);
  const unfunded = state.corrections.unfunded.get(cited.seq);
  const returns = legsAfter(cited, cited.reversedShare.add(share));
  const returned: Returned[] = [];
  let credits = ZERO;
  for (const { leg, reversed } of returns) {
    const back = reversed.sub(leg.reversed);
    if (back.isZero()) continue;
    credits = credits.add(back);
    returned.push({ lotId: leg.lotId, from: 'consumed', credits: back, rateVersion: leg.rateVersion });
  }
  return [
    {
      draft: {
        type: 'reversal',
        keyDigest: command.keyDigest,
        fingerprint: command.fingerprint,
        actor: command.actor,
        occurredAt: context.now,
        feature: cited.feature,
        subject: null,
        cites: cited.seq,
        credits,
        unfunded: null,
        rateVersion: null,
        endUser: null,
        metadata: null,
        detail: canonicalJson({
          reason: command.reason,
          reversedShare: formatShare(cited.reversedShare.add(share)),
          share: formatShare(share),
        }),
        postings: returnCredits(state, returned, context.now),
      },
      effects: { cited: after, ...(unfunded === undefined ? {} : { unfunded: afterReversalOf(unfunded, after.reversedShare, state.seq + 1) }) },
    },
  ];
}

/** What each leg has given back in all once `reversedShare` of the action is reversed. Exact at 1, however it got there. */
function legsAfter(cited: CitedDebit, reversedShare: Amount): { leg: CitedLeg; reversed: Amount }[] {
  const newestFirst = [...cited.legs].reverse();
  const inLegs = cited.legs.reduce((sum, leg) => sum.add(leg.share), ZERO);
  let left = reversedShare.sub(ONE.sub(inLegs));
  return newestFirst.map((leg) => {
    const here = left;
    left = left.sub(leg.share);
    if (reversedShare.gte(ONE) || here.gte(leg.share)) return { leg, reversed: leg.credits };
    if (here.lte(ZERO)) return { leg, reversed: ZERO };
    return { leg, reversed: roundCredits(leg.credits.mul(shareOf(here, leg.share))) };
  });
}

/** A debit or a capture as nothing was reversed of it yet. What a capture gave back is no part of it. */
export function citedDebitOf(entry: Entry): CitedDebit {
  return {
    seq: entry.seq,
    occurredAt: entry.occurredAt,
    feature: entry.feature,
    legs: entry.postings.filter(({ to }) => to === 'consumed').map(({ line, lotId, rateVersion, share, credits }) => ({
      line,
      lotId,
      rateVersion: rateVersion as string,
      share: amount(share as string),
      credits,
      reversed: ZERO,
    })),
    reversedShare: ZERO,
  };
}

/** The cited debit after this much more of it is reversed, for a later command of the same batch. */
export function afterReversal(cited: CitedDebit, share: Amount): CitedDebit {
  const reversedShare = cited.reversedShare.add(share);
  const legs = new Map(legsAfter(cited, reversedShare).map(({ leg, reversed }) => [leg.line, reversed]));
  return { ...cited, reversedShare, legs: cited.legs.map((leg) => ({ ...leg, reversed: legs.get(leg.line) ?? leg.reversed })) };
}
