import { affordableUsage } from './affordable.js';
import { balanceOf, type AccountState } from './account-state.js';
import { atRecording, type Booking, type Context } from './booking.js';
import { instantText } from './calendar.js';
import type { Debit } from './command.js';
import { governingOrderForm, versionsOf, type OrderedFeature } from './contract.js';
import { ZERO, exceedsRange, formatCredits, formatShare, type Amount } from './credits.js';
import type { EntryDraft, PostingDraft } from './entry.js';
import { refusal, type Refusal } from './errors.js';
import { MORE_LOTS_NEEDED, priceAction, type Priced, type PricingInput } from './pricing.js';
import { termAt } from './term.js';
import { usageText } from './usage.js';

/** How far ahead of the service's clock a caller's may run. */
const MAX_CLOCK_LEAD_MS = 5 * 60_000;

/** A debit that passed: what it costs, and for a quote what it would have. */
export interface Admitted {
  readonly actionTime: number;
  readonly occurredAt: number;
  readonly ordered: OrderedFeature;
  readonly priced: Priced;
}

/** P1, P5: debits the credits of one action, or says why not. Nothing is booked by a refusal. */
export function decideDebit(
  state: AccountState,
  command: Debit,
  context: Context,
): Booking[] | Refusal | typeof MORE_LOTS_NEEDED {
  const admitted = admit(state, command, context);
  if (admitted === MORE_LOTS_NEEDED || 'code' in admitted) return admitted;
  return [{ draft: draftOf(command, admitted) }];
}

/** All rules of a debit without booking it: the answer of a quote as well. */
export function admit(state: AccountState, command: DebitRequest, clock: Context): Admitted | Refusal | typeof MORE_LOTS_NEEDED {
  const { contract } = state;
  const context = atRecording(clock, state);
  const ordered = orderedFeature(state, command.feature, context.now);
  if ('code' in ordered) return ordered;
  const occurredAt = command.occurredAt ?? context.now;
  const refused =
    (command.mode === 'authorize' ? checkNewUse(state, context.now) : null) ??
    checkOccurredAt(state, occurredAt, context.now) ??
    checkCap(ordered, command);
  if (refused !== null) return refused;

  const actionTime = command.mode === 'authorize' ? context.now : occurredAt;
  const input: PricingInput = {
    feature: command.feature,
    usage: command.usage,
    actionTime,
    now: context.now,
    lots: state.lots,
    moreLots: state.moreLots,
    rates: context.rates,
    versions: versionsOf(contract, context.rates),
  };
  const priced = priceAction(input);
  if (priced === MORE_LOTS_NEEDED) return priced;
  if ('code' in priced) {
    // P1: only the credits mode needs rates; what is billed otherwise is metered, whether or not the card knows it.
    if (ordered.mode === 'credits') return priced;
    return { actionTime, occurredAt, ordered, priced: { legs: [], covered: ZERO, shortfall: null } };
  }
  if (exceedsRange(priced.covered) || (priced.shortfall !== null && exceedsRange(priced.shortfall.credits))) {
    return refusal('amount-out-of-range', 'The action would cost more than 29 integer digits of credits.', { pointer: '/usage' });
  }
  const admitted: Admitted = { actionTime, occurredAt, ordered, priced };
  if (ordered.mode !== 'credits') return admitted;
  return checkCredits(state, command, admitted, input) ?? admitted;
}

/** What pricing and admission look at in a debit; a hold's estimate asks the same. */
export type DebitRequest = Pick<Debit, 'mode' | 'feature' | 'usage' | 'occurredAt'>;

/** Whether a feature may be used anew at this moment, before any credits are looked at (P1, SPEC 9, 10). */
export function admitNewUse(state: AccountState, feature: string, context: Context): OrderedFeature | Refusal {
  const ordered = orderedFeature(state, feature, context.now);
  return 'code' in ordered ? ordered : (checkNewUse(state, context.now) ?? ordered);
}

function orderedFeature(state: AccountState, feature: string, at: number): OrderedFeature | Refusal {
  const ordered = governingOrderForm(state.contract, at)?.features.get(feature);
  if (ordered !== undefined) return ordered;
  return refusal('feature-not-ordered', `${feature} is not in the order form of this account. Order it before it is used.`, {
    pointer: '/feature',
    data: { feature },
  });
}

function checkNewUse(state: AccountState, now: number): Refusal | null {
  const { operator } = state.standing;
  if (operator !== null) {
    return refusal('account-suspended', 'An operator suspended the account; an operator has to end that.', {
      data: { reason: operator.reason, reference: operator.reference },
    });
  }
  const term = termAt(state.contract, now);
  if (term === null || now < term.from) {
    return refusal('term-ended', 'The Term of this account has not begun.', { data: { from: term && instantText(term.from) } });
  }
  if (now < term.until) return null;
  return refusal('term-ended', 'The Term of this account has ended: new use is admitted again once it is extended.', {
    data: { endedAt: instantText(term.until), lapsesAt: instantText(term.lapsesAt) },
  });
}

function checkOccurredAt(state: AccountState, occurredAt: number, now: number): Refusal | null {
  const term = termAt(state.contract, now);
  const from = term?.from ?? now;
  const until = term?.until ?? now;
  if (occurredAt <= now + MAX_CLOCK_LEAD_MS && occurredAt >= from && occurredAt < until) return null;
  return refusal('occurred-at-out-of-range', "occurredAt lies in the account's Term and at most 5 minutes ahead of the service's time.", {
    pointer: '/occurredAt',
    data: { now: instantText(now), from: instantText(from), until: instantText(until) },
  });
}

function checkCap(ordered: OrderedFeature, command: DebitRequest): Refusal | null {
  for (const { meter, quantity } of command.usage) {
    const cap = ordered.maxQuantity.get(meter);
    if (cap !== undefined && quantity.gt(cap)) {
      return refusal('quantity-too-large', `The order form allows at most ${cap.toFixed()} ${meter} in one action.`, {
        pointer: `/usage/${meter}`,
        data: { meter, maxQuantity: cap.toFixed() },
      });
    }
  }
  return null;
}

function checkCredits(state: AccountState, command: DebitRequest, admitted: Admitted, input: PricingInput): Refusal | null {
  const { covered, shortfall } = admitted.priced;
  const costs = !covered.isZero() || (shortfall !== null && !shortfall.credits.isZero());
  if (!costs || command.mode === 'record') return null;
  if (state.standing.credit === 'suspended') return suspendedRefusal(state, input.now);
  // A rest that costs nothing at today's rates lacks nothing.
  if (shortfall === null || shortfall.credits.isZero()) return null;
  return refusal('insufficient-credits', 'The balance does not cover this action. Buy credits, or do as much as is affordable.', {
    data: {
      required: formatCredits(covered.add(shortfall.credits)),
      available: formatCredits(state.available),
      held: formatCredits(state.held),
      shortfall: formatCredits(shortfall.credits),
      affordable: affordableUsage(input, admitted.priced),
    },
  });
}

/** P5: the account is at or below its order form's threshold, and nothing new that costs credits is admitted. */
export function suspendedRefusal(state: AccountState, at: number): Refusal {
  const threshold = governingOrderForm(state.contract, at)?.suspendAtBalance ?? ZERO;
  return refusal('account-suspended', 'The account is suspended until credits are bought.', {
    data: {
      available: formatCredits(state.available),
      held: formatCredits(state.held),
      balance: formatCredits(balanceOf(state)),
      suspendAtBalance: formatCredits(threshold),
    },
  });
}

function draftOf(command: Debit, { occurredAt, ordered, priced }: Admitted): EntryDraft {
  const charged = ordered.mode === 'credits';
  const { legs, shortfall, covered } = priced;
  const postings: PostingDraft[] = [];
  const unfunded = charged && shortfall !== null && !shortfall.credits.isZero() ? shortfall : null;
  let freeShare = charged && unfunded === null ? (shortfall?.share ?? ZERO) : ZERO;
  let freeVersion: string | null = null;
  if (charged) {
    for (const leg of legs) {
      if (leg.credits.isZero()) {
        freeShare = freeShare.add(leg.share);
        freeVersion = leg.rateVersion;
        continue;
      }
      postings.push({
        lotId: leg.lot.lotId,
        from: 'available',
        to: 'consumed',
        credits: leg.credits,
        rateVersion: leg.rateVersion,
        share: formatShare(leg.share),
      });
    }
  }
  return {
    type: 'debit',
    keyDigest: command.keyDigest,
    fingerprint: command.fingerprint,
    actor: command.actor,
    occurredAt,
    feature: command.feature,
    subject: null,
    cites: null,
    credits: charged ? covered : ZERO,
    unfunded: unfunded?.credits ?? null,
    rateVersion: charged ? (shortfall?.rateVersion ?? freeVersion) : (legs.at(-1)?.rateVersion ?? shortfall?.rateVersion ?? null),
    endUser: command.endUser,
    metadata: command.metadata,
    detail: detailOf(command, ordered, {
      freeShare: freeShare.isZero() ? null : freeShare,
      unfundedShare: unfunded?.share ?? null,
      wouldCost: charged || (legs.length === 0 && shortfall === null) ? null : covered.add(shortfall?.credits ?? ZERO),
    }),
    postings,
  };
}

interface DebitDetail {
  readonly freeShare: Amount | null;
  readonly unfundedShare: Amount | null;
  readonly wouldCost: Amount | null;
}

/** Canonical JSON by hand, members in alphabetical order: this text is written for every debit. */
function detailOf(command: Debit, ordered: OrderedFeature, detail: DebitDetail): string {
  let text = `{"billing":"${ordered.mode}"`;
  if (detail.freeShare !== null) text += `,"freeShare":"${formatShare(detail.freeShare)}"`;
  text += `,"mode":"${command.mode}"`;
  if (detail.unfundedShare !== null) text += `,"unfundedShare":"${formatShare(detail.unfundedShare)}"`;
  text += `,"usage":${usageText(command.usage)}`;
  if (detail.wouldCost !== null) text += `,"wouldCost":"${formatCredits(detail.wouldCost)}"`;
  return text + '}';
}
