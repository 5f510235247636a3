import { knownLots, type AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { canonicalJson } from './canonical-json.js';
import { ZERO } from './credits.js';
import type { PostingDraft } from './entry.js';
import type { Hold } from './hold.js';
import { giveBack } from './holding.js';
import type { Lot } from './lot.js';
import { formatMoney } from './money.js';
import { NEVER_DUE, type Purchase } from './purchase.js';
import { standingChange } from './status.js';
import { lastLapseUpTo, nextTermInstant, termAt } from './term.js';

/**
 * What happens by itself when its time has come: holds expire, lots and the Term end, credits lapse, purchases stay unpaid.
 * It is booked at the latest when the account is next touched, worker or no worker, and in the order in which it fell due.
 */
const BY_THE_SERVICE = { actor: 'sys', keyDigest: null, fingerprint: null };

interface Due {
  readonly at: number;
  /** The order among what falls due at one instant: ends before lapses, ids last, so that it is total. */
  readonly rank: string;
  readonly booking: () => Booking;
}

/**
 * The first thing that is due on an account by now, or null: the first of its expired holds or what comes before it. The state
 * holds every lot and purchase that may be due.
 */
export function firstDue(state: AccountState, hold: Hold | undefined, context: Context): Booking | null {
  const holds = hold === undefined ? [] : [expiry(state, hold, context)];
  const due = [...holds, ...dueLots(state), ...dueTerm(state, context), ...duePurchases(state)].filter(({ at }) => at <= context.now);
  due.sort(firstFirst);
  return due[0]?.booking() ?? null;
}

function firstFirst(a: Due, b: Due): number {
  return a.at - b.at || (a.rank < b.rank ? -1 : 1);
}

/** Open holds whose time is over, in the order in which they expire. There may be thousands, and they are sorted once. */
export function expiredHolds(state: AccountState, now: number): Hold[] {
  return [...state.holds.values()]
    .filter((hold) => hold.state === 'open' && hold.expiresAt <= now)
    .sort((a, b) => a.expiresAt - b.expiresAt || (a.holdId < b.holdId ? -1 : 1));
}

function expiry(state: AccountState, hold: Hold, context: Context): Due {
  return {
    at: hold.expiresAt,
    rank: `1 hold ${hold.holdId}`,
    booking: () => giveBack(state, hold, 'expired', BY_THE_SERVICE, context, hold.expiresAt),
  };
}

function dueLots(state: AccountState): Due[] {
  const due: Due[] = [];
  for (const lot of knownLots(state)) {
    const { validUntil } = lot;
    if (validUntil === null || lot.buckets.available.isZero()) continue;
    const rank = `2 lot ${String(lot.lotId).padStart(16, '0')}`;
    due.push({ at: validUntil, rank, booking: () => lapse([lot], validUntil, 'lot-ended') });
  }
  return due;
}

function dueTerm(state: AccountState, context: Context): Due[] {
  const term = termAt(state.contract, context.now);
  const { standing } = state;
  if (term === null) return [];
  const due: Due[] = [];
  if (standing.term === 'running') {
    due.push({
      at: term.until,
      rank: '3 term ends',
      booking: () => standingChange(standing, { ...standing, term: 'ended' }, context, { occurredAt: term.until }),
    });
  }
  if (standing.term === 'ended' && context.now < term.until) {
    due.push({
      at: term.from,
      rank: '0 term begins',
      booking: () => standingChange(standing, { ...standing, term: 'running' }, context, { occurredAt: Math.max(term.from, state.lastRecordedAt) }),
    });
  }
  // A new Term, signed after the last one had lapsed. Should nobody have touched the account in all of it, it begins late.
  if (standing.term === 'lapsed' && context.now < term.lapsesAt) {
    due.push({
      at: term.from,
      rank: '0 term begins',
      booking: () => standingChange(standing, { ...standing, term: 'running' }, context, { occurredAt: term.from }),
    });
  }
  const ended = (before: number): Lot[] => knownLots(state).filter((lot) => !lot.buckets.available.isZero() && lot.allocatedAt < before);
  if (standing.term === 'ended') {
    due.push({
      at: term.lapsesAt,
      rank: '4 credits lapse',
      booking: () => {
        const booking = lapse(ended(term.lapsesAt), term.lapsesAt, 'term-ended');
        return { ...booking, effects: { standing: { ...standing, term: 'lapsed' } } };
      },
    });
  }
  const lapsedAt = standing.term === 'lapsed' ? lastLapseUpTo(state.contract, context.now) : -Infinity;
  const left = ended(lapsedAt);
  if (left.length > 0) due.push({ at: lapsedAt, rank: '4 credits lapse', booking: () => lapse(left, lapsedAt, 'term-ended') });
  return due;
}

/** SPEC 9: moves what is available to `lapsed`; what a hold gives back later lapses then. */
function lapse(lots: readonly Lot[], at: number, cause: 'lot-ended' | 'term-ended'): Booking {
  const inOrder = [...lots].sort((a, b) => a.lotId - b.lotId);
  const postings: PostingDraft[] = inOrder.map((lot) => ({
    lotId: lot.lotId,
    from: 'available',
    to: 'lapsed',
    credits: lot.buckets.available,
    rateVersion: null,
    share: null,
  }));
  return {
    draft: {
      ...plain(BY_THE_SERVICE),
      type: 'lapse',
      occurredAt: at,
      subject: null,
      credits: postings.reduce((sum, posting) => sum.add(posting.credits), ZERO),
      detail: canonicalJson({ cause, clause: 'P4' }),
      postings,
    },
  };
}

/** P3: nothing was received in time. What was placed in the account lapses; what a signed order form contains stays owed. */
function duePurchases(state: AccountState): Due[] {
  return [...state.purchases.values()].filter(mayFallDue).map((purchase) => ({
    at: purchase.paymentDueAt,
    rank: `5 purchase ${purchase.purchaseId}`,
    booking: () => unpaid(purchase),
  }));
}

function mayFallDue({ state, placedBy }: Purchase): boolean {
  return state === 'awaiting_payment' || (state === 'partially_paid' && placedBy === 'order-form');
}

function unpaid(purchase: Purchase): Booking {
  const state = purchase.placedBy === 'order-form' ? 'overdue' : 'lapsed';
  return {
    draft: {
      ...plain(BY_THE_SERVICE),
      type: state === 'overdue' ? 'purchase-overdue' : 'purchase-lapsed',
      occurredAt: purchase.paymentDueAt,
      subject: purchase.purchaseId,
      detail: canonicalJson({ clause: 'P3', paid: formatMoney(purchase.paid, purchase.currency) }),
    },
    effects: { purchase: { ...purchase, state } },
  };
}

/** When something falls due next, given the earliest instants of what was not loaded because it lies ahead. */
export function nextDueAt(state: AccountState, ahead: readonly (number | null)[], context: Context): number | null {
  const instants = [
    ...ahead,
    ...[...state.holds.values()].filter((hold) => hold.state === 'open').map((hold) => hold.expiresAt),
    ...knownLots(state).filter((lot) => !lot.buckets.available.isZero()).map((lot) => lot.validUntil),
    ...[...state.purchases.values()].filter(mayFallDue).map((purchase) => purchase.paymentDueAt),
    nextTermInstant(state.contract, context.now),
  ].filter((instant): instant is number => instant !== null && instant < NEVER_DUE);
  return instants.length === 0 ? null : Math.min(...instants);
}
