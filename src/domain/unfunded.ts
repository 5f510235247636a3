import { findLot, type AccountState, type CitedDebit } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { canonicalJson } from './canonical-json.js';
import type { SettleUnfunded, WaiveUnfunded } from './command.js';
import { versionsOf } from './contract.js';
import type { UnfundedUsage } from './corrections.js';
import { ZERO, amount, formatCredits, formatShare, roundCredits, shareOf, type Amount } from './credits.js';
import type { Entry } from './entry.js';
import { refusal, type Refusal } from './errors.js';
import { exceedsLot, lotNotFound } from './lot-moves.js';
import { ratesForLot } from './pricing.js';
import { costOfPart } from './rate.js';
import { sumOfUsage, usageFrom } from './usage.js';

/** What a debit or capture recorded as unfunded, from its entry alone; null: all of it was funded. */
export function unfundedUsageOf(entry: Entry): UnfundedUsage | null {
  if (entry.unfunded === null) return null;
  const detail = JSON.parse(entry.detail) as {
    readonly unfundedShare?: string;
    readonly usage: Readonly<Record<string, string>>;
    readonly usageBefore?: Readonly<Record<string, string>>;
  };
  const share = amount(detail.unfundedShare ?? '0');
  return {
    seq: entry.seq,
    feature: entry.feature ?? '',
    usage: usageFrom(detail.usage),
    usageBefore: detail.usageBefore === undefined ? null : usageFrom(detail.usageBefore),
    share,
    credits: entry.unfunded,
    openShare: share,
    state: 'open',
    endedBy: null,
  };
}

/** The credits, as recorded, of what is still open. */
export function openCredits({ credits, share, openShare }: Pick<UnfundedUsage, 'credits' | 'share' | 'openShare'>): Amount {
  return openShare.eq(share) ? credits : roundCredits(credits.mul(shareOf(openShare, share)));
}

/**
 * SPEC 12, P6: an admin of the licensee settles unfunded usage from a lot that was bought later, at that lot's own rates and
 * by this explicit act, for the credits that were shown before. Whole or not at all.
 */
export function decideSettlement(state: AccountState, command: SettleUnfunded, context: Context): Booking[] | Refusal {
  const unfunded = openUsage(state, command.seq);
  if ('code' in unfunded) return unfunded;
  const lot = findLot(state, command.lotId);
  if (lot === undefined) return lotNotFound();
  if (lot.kind !== 'purchase' || lot.lotId < unfunded.seq) {
    return refusal('lot-not-bought-later', 'Unfunded usage is settled from a lot that was bought after it.', { pointer: '/lotId' });
  }
  const rated = ratesForLot(lot, unfunded.feature, context.now, context.rates, versionsOf(state.contract, context.rates));
  if (rated === null) {
    return refusal('no-rate-for-meter', `No rate version of this lot knows ${unfunded.feature}.`, { pointer: '/lotId' });
  }
  const { usage, usageBefore, openShare } = unfunded;
  const cost =
    usageBefore === null ? costOfPart(rated.rates, usage, undefined) : costOfPart(rated.rates, sumOfUsage(usageBefore, usage), usageBefore);
  const credits = roundCredits(openShare.mul(cost));
  if (command.credits !== null && !command.credits.eq(credits)) {
    return refusal('settlement-changed', 'The settlement would take other credits than were confirmed: ask for a quote again.', {
      pointer: '/credits',
      data: { credits: formatCredits(credits) },
    });
  }
  if (credits.gt(lot.buckets.available)) {
    const refused = exceedsLot(lot.buckets.available);
    return { ...refused, pointer: '/lotId', data: { ...refused.data, required: formatCredits(credits) } };
  }
  const rateVersion = rated.version.id;
  const share = formatShare(openShare);
  const cited = state.citedDebits.get(unfunded.seq);
  return [
    {
      draft: {
        ...plain(command),
        type: 'settlement',
        occurredAt: context.now,
        feature: unfunded.feature,
        subject: null,
        cites: unfunded.seq,
        credits,
        rateVersion,
        detail: canonicalJson({ clause: 'P6', lotId: String(lot.lotId), share, unfunded: formatCredits(openCredits(unfunded)) }),
        postings: credits.isZero() ? [] : [{ lotId: lot.lotId, from: 'available', to: 'consumed', credits, rateVersion, share }],
      },
      effects: {
        unfunded: { ...unfunded, openShare: ZERO, state: 'settled', endedBy: state.seq + 1 },
        ...(cited === undefined || credits.isZero() ? {} : { cited: withSettlement(cited, lot.lotId, rateVersion, openShare, credits) }),
      },
    },
  ];
}

/** What a settlement paid is the newest leg of the action: a reversal gives it back first. */
export function withSettlement(cited: CitedDebit, lotId: number, rateVersion: string, share: Amount, credits: Amount): CitedDebit {
  const line = cited.legs.reduce((last, leg) => Math.max(last, leg.line), 0) + 1;
  return { ...cited, legs: [...cited.legs, { line, lotId, rateVersion, share, credits, reversed: ZERO }] };
}

/** An operator lets unfunded usage go, with a reason. */
export function decideWaiver(state: AccountState, command: WaiveUnfunded, context: Context): Booking[] | Refusal {
  const unfunded = openUsage(state, command.seq);
  if ('code' in unfunded) return unfunded;
  return [
    {
      draft: {
        ...plain(command),
        type: 'waiver',
        occurredAt: context.now,
        feature: unfunded.feature,
        subject: null,
        cites: unfunded.seq,
        detail: canonicalJson({ reason: command.reason, share: formatShare(unfunded.openShare), unfunded: formatCredits(openCredits(unfunded)) }),
      },
      effects: { unfunded: { ...unfunded, openShare: ZERO, state: 'waived', endedBy: state.seq + 1 } },
    },
  ];
}

/** What is left open once so much of the action is reversed: what went unfunded is its newest part, and goes first (SPEC 12). */
export function afterReversalOf(unfunded: UnfundedUsage, reversedShare: Amount, by: number): UnfundedUsage {
  if (unfunded.state !== 'open') return unfunded;
  const left = unfunded.share.sub(reversedShare);
  if (left.gt(ZERO)) return { ...unfunded, openShare: left };
  return { ...unfunded, openShare: ZERO, state: 'reversed', endedBy: by };
}

function openUsage(state: AccountState, seq: number): UnfundedUsage | Refusal {
  const unfunded = state.corrections.unfunded.get(seq);
  if (unfunded === undefined) return refusal('unfunded-usage-not-found', `Entry ${seq} of this account left nothing unfunded.`);
  if (unfunded.state === 'open') return unfunded;
  return refusal('unfunded-usage-ended', `This unfunded usage is ${unfunded.state} already.`, { data: { state: unfunded.state } });
}
