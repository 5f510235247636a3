import type { AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { canonicalJson } from './canonical-json.js';
import { ZERO } from './credits.js';
import type { PostingDraft } from './entry.js';
import { giveBack } from './holding.js';
import type { Lot } from './lot.js';
import { formatMoney } from './money.js';
import type { Purchase } from './purchase.js';
import { standingChange } from './status.js';
import { nextTermInstant, termAt } from './term.js';

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

/** The first thing that is due on an account by now, or null. The state holds every hold, lot and purchase that may be. */
export function firstDue(state: AccountState, context: Context): Booking | null {
  const due = [...dueHolds(state, context), ...dueLots(state, context), ...dueTerm(state, context), ...duePurchases(state)].filter(
    ({ at }) => at <= context.now,
  );
  due.sort((a, b) => a.at - b.at || (a.rank < b.rank ? -1 : 1));
  return due[0]?.booking() ?? null;
}

function dueHolds(state: AccountState, context: Context): Due[] {
  return [...state.holds.values()]
    .filter((hold) => hold.state === 'open')
    .map((hold) => ({
      at: hold.expiresAt,
      rank: `1 hold ${hold.holdId}`,
      booking: () => giveBack(state, hold, 'expired', BY_THE_SERVICE, context, hold.expiresAt),
    }));
}

function dueLots(state: AccountState, context: Context): Due[] {
  return state.lots
    .filter((lot) => lot.validUntil !== null && !lot.buckets.available.isZero())
    .map((lot) => ({
      at: lot.validUntil ?? context.now,
      rank: `2 lot ${String(lot.lotId).padStart(16, '0')}`,
      booking: () => lapse([lot], lot.validUntil ?? context.now, 'lot-ended'),
    }));
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
  if (standing.term === 'lapsed' && context.now < term.until) {
    due.push({
      at: term.from,
      rank: '0 term begins',
      booking: () => standingChange(standing, { ...standing, term: 'running' }, context, { occurredAt: term.from }),
    });
  }
  if (standing.term === 'ended') {
    due.push({
      at: term.lapsesAt,
      rank: '4 credits lapse',
      booking: () => {
        const open = state.lots.filter((lot) => !lot.buckets.available.isZero());
        const booking = lapse(open, term.lapsesAt, 'term-ended');
        return { ...booking, effects: { standing: { ...standing, term: 'lapsed' } } };
      },
    });
  }
  return due;
}

/** SPEC 9: moves what is available to `lapsed`; what a hold gives back later lapses then. */
function lapse(lots: readonly Lot[], at: number, cause: 'lot-ended' | 'term-ended'): Booking {
  const postings: PostingDraft[] = lots.map((lot) => ({
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
    ...state.lots.filter((lot) => !lot.buckets.available.isZero()).map((lot) => lot.validUntil),
    ...[...state.purchases.values()].filter(mayFallDue).map((purchase) => purchase.paymentDueAt),
    nextTermInstant(state.contract, context.now),
  ].filter((instant) => instant !== null);
  return instants.length === 0 ? null : Math.min(...instants);
}
