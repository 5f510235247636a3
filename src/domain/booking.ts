import { findLot, withLot, type AccountState } from './account-state.js';
import { localDate } from './calendar.js';
import { ZERO, exceedsRange } from './credits.js';
import { zoneOf, type AnnouncedVersion, type Contract, type OrderForm } from './contract.js';
import { RefusedError, refusal } from './errors.js';
import type { Entry, EntryDraft, Metadata, Posting } from './entry.js';
import { HASH_VERSION, hashEntry } from './hash-chain.js';
import { EMPTY_BUCKETS, moveCredits, type Lot, type LotTerms } from './lot.js';
import { paymentKey, type Payment, type Purchase } from './purchase.js';
import type { RateBook } from './rate.js';

/** What a decision may look at besides the account's state. */
export interface Context {
  /** Business time in milliseconds, read after the account was locked. */
  readonly now: number;
  readonly rates: RateBook;
}

/**
 * The moment of recording: the clock, but never before the account's last entry. Rules see the same moment that the entry
 * will bear, so that a clock that was set back neither hides a lot that was just paid for nor reopens what has ended.
 */
export function atRecording(context: Context, state: AccountState): Context {
  return context.now >= state.lastRecordedAt ? context : { ...context, now: state.lastRecordedAt };
}

/** A lot that an entry issues; its id is the entry's `seq`. */
export interface LotDraft extends Omit<LotTerms, 'lotId'> {
  readonly priority: number;
}

/** What an entry changes besides lots and balances. Each has one statement in `ledger/sql/`. */
export interface SideEffects {
  /** The contract after this entry: with it the account's `configVersion` rises. */
  readonly contract?: Contract;
  readonly orderForm?: { readonly form: OrderForm; readonly document: string };
  readonly announced?: { readonly version: AnnouncedVersion; readonly on: string; readonly text: string };
  readonly delivered?: AnnouncedVersion;
  readonly purchase?: Purchase;
  readonly payment?: Payment;
}

/** One entry that a rule wants to be written. */
export interface Booking {
  readonly draft: EntryDraft;
  readonly opens?: LotDraft;
  readonly effects?: SideEffects;
}

/** What was written: the entry, sealed, with all that has to be stored with it. */
export interface Booked {
  readonly entry: Entry;
  readonly touchedLots: readonly Lot[];
  readonly opened: Lot | null;
  readonly metadata: Metadata | null;
  readonly effects: SideEffects;
}

/** A posting on the lot that its own entry opens names this id until the entry has its number. */
export const OWN_LOT = 0;

/** Numbers, applies and seals one entry: the only place where a state becomes the next one. */
export function book(state: AccountState, booking: Booking, context: Context): { state: AccountState; booked: Booked } {
  const { draft, opens, effects = {} } = booking;
  const seq = state.seq + 1;
  let next = state;
  let opened: Lot | null = null;
  if (opens !== undefined) {
    opened = { ...opens, lotId: seq, buckets: EMPTY_BUCKETS };
    next = { ...next, ...withLot(next, opened) };
  }
  let { available, held } = state;
  const touched = new Map<number, Lot>();
  const postings: Posting[] = [];
  for (const line of draft.postings) {
    if (line.credits.lte(ZERO)) throw new Error(`a posting moves more than nothing: ${draft.type}`);
    const lotId = line.lotId === OWN_LOT ? seq : line.lotId;
    const before = touched.get(lotId) ?? findLot(next, lotId);
    if (before === undefined) throw new Error(`lot ${lotId} was not loaded`);
    const lot = moveCredits(before, line.from, line.to, line.credits);
    touched.set(lotId, lot);
    if (line.from === 'available') available = available.sub(line.credits);
    if (line.to === 'available') available = available.add(line.credits);
    if (line.from === 'held') held = held.sub(line.credits);
    if (line.to === 'held') held = held.add(line.credits);
    postings.push({
      lotId,
      from: line.from,
      to: line.to,
      credits: line.credits,
      rateVersion: line.rateVersion,
      share: line.share,
      line: postings.length + 1,
      lotAvailableAfter: lot.buckets.available,
      lotHeldAfter: lot.buckets.held,
    });
  }
  if (exceedsRange(available.add(held))) {
    throw new RefusedError(refusal('amount-out-of-range', 'The balance would have more than 29 integer digits.'));
  }
  for (const lot of touched.values()) next = { ...next, ...withLot(next, lot) };
  const recordedAt = Math.max(context.now, state.lastRecordedAt);
  const contract = effects.contract ?? state.contract;
  const { metadata, ...rest } = draft;
  const unsealed: Omit<Entry, 'hash'> = {
    ...rest,
    accountId: state.accountId,
    seq,
    hashVersion: HASH_VERSION,
    recordedAt,
    accountingDate: localDate(draft.occurredAt, zoneOf(contract)),
    metadataHash: metadata?.hash ?? null,
    availableAfter: available,
    heldAfter: held,
    postings,
  };
  const entry: Entry = { ...unsealed, hash: hashEntry(unsealed, context.rates, state.headHash) };
  return {
    state: {
      ...next,
      seq,
      headHash: entry.hash,
      lastRecordedAt: recordedAt,
      available,
      held,
      contract,
      purchases: effects.purchase === undefined ? next.purchases : new Map(next.purchases).set(effects.purchase.purchaseId, effects.purchase),
      payments: effects.payment === undefined ? next.payments : new Map(next.payments).set(paymentKey(effects.payment.provider, effects.payment.providerPaymentId), effects.payment),
    },
    booked: { entry, touchedLots: [...touched.values()], opened: opened && (touched.get(seq) ?? opened), metadata, effects },
  };
}
