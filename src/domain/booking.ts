import { accountingDay, withLateDay } from './accounting-day.js';
import { findLot, reprioritized, withLot, type AccountState, type CitedDebit } from './account-state.js';
import type { AlertRule } from './alert-rule.js';
import type { BreakDraft } from './break.js';
import { localDate } from './calendar.js';
import { ZERO, exceedsRange, type Amount } from './credits.js';
import { corrected, type CorrectionEffects } from './corrections.js';
import { zoneOf, type AnnouncedVersion, type Contract, type OrderForm } from './contract.js';
import { RefusedError, refusal } from './errors.js';
import type { Entry, EntryDraft, Metadata, Posting } from './entry.js';
import type { LedgerEvent } from './event.js';
import { HASH_VERSION, hashEntry } from './hash-chain.js';
import { EMPTY_BUCKETS, moveCredits, type Lot, type LotCondition, type LotTerms } from './lot.js';
import type { Hold } from './hold.js';
import { paymentKey, type Payment, type PaymentReversal, type Purchase } from './purchase.js';
import type { RateBook } from './rate.js';
import { statusOf, type Standing } from './standing.js';

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
export interface SideEffects extends CorrectionEffects {
  /** The contract after this entry: with it the account's `configVersion` rises. */
  readonly contract?: Contract;
  /** All rules from now on. */
  readonly alertRules?: readonly AlertRule[];
  readonly orderForm?: { readonly form: OrderForm; readonly document: string };
  readonly announced?: { readonly version: AnnouncedVersion; readonly text: string };
  /** A notice whose deliveries have changed. */
  readonly delivered?: AnnouncedVersion;
  readonly purchase?: Purchase;
  readonly hold?: Hold;
  readonly standing?: Standing;
  /** An accounting period that this entry closes or reopens, by its last day. */
  readonly period?: { readonly through: string; readonly closed: boolean };
  readonly payment?: Payment;
  /** Money taken back, and the payment after it. */
  readonly paymentReversal?: { readonly reversal: PaymentReversal; readonly payment: Payment };
  readonly break?: BreakDraft;
  readonly condition?: ConditionChange;
  /** The debit or capture that this entry cites, as a further command of the batch finds it. */
  readonly cited?: CitedDebit;
  /** Half of a consented transfer (P7): what left for another account, or what came from one. */
  readonly transfer?: { readonly lotId: number; readonly toAccountId: string; readonly credits: Amount };
  readonly arrival?: { readonly fromAccountId: string; readonly fromSeq: number };
}

/** How a lot stands in a dispute of its payment. It holds before the postings of the same entry: what they freeze is owed by then. */
export interface ConditionChange {
  readonly lotId: number;
  readonly condition: LotCondition;
  readonly freezeOwed: Amount;
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
  /** What the licensee is told of it, in order. */
  readonly events: readonly LedgerEvent[];
}

/** A posting on the lot that its own entry opens names this id until the entry has its number. */
export const OWN_LOT = 0;

/**
 * Numbers, applies and seals one entry: the only place where a state becomes the next one. It runs for every debit, so
 * objects are written out member by member: copies by rest and spread cost it more than all its arithmetic.
 */
export function book(state: AccountState, booking: Booking, context: Context): { state: AccountState; booked: Booked } {
  const { draft, opens, effects = NO_EFFECTS } = booking;
  const seq = state.seq + 1;
  const opened: Lot | null = opens === undefined ? null : { ...opens, lotId: seq, condition: 'normal', freezeOwed: ZERO, buckets: EMPTY_BUCKETS };
  const moved = applyPostings(state, opened, seq, draft, effects.condition);
  const recordedAt = Math.max(context.now, state.lastRecordedAt);
  const contract = effects.contract ?? state.contract;
  const occurredOn = localDate(draft.occurredAt, zoneOf(contract));
  const accountingDate = accountingDay(contract, occurredOn);
  const entry: Mutable<Entry> = {
    accountId: state.accountId,
    seq,
    hashVersion: HASH_VERSION,
    type: draft.type,
    occurredAt: draft.occurredAt,
    recordedAt,
    accountingDate,
    keyDigest: draft.keyDigest,
    fingerprint: draft.fingerprint,
    actor: draft.actor,
    feature: draft.feature,
    subject: draft.subject,
    cites: draft.cites,
    credits: draft.credits,
    unfunded: draft.unfunded,
    rateVersion: draft.rateVersion,
    endUser: draft.endUser,
    metadataHash: draft.metadata === null ? null : draft.metadata.hash,
    detail: accountingDate === occurredOn ? draft.detail : withLateDay(draft.detail, occurredOn),
    availableAfter: moved.available,
    heldAfter: moved.held,
    hash: '',
    postings: moved.postings,
  };
  entry.hash = hashEntry(entry, context.rates, state.headHash);
  const { purchase, hold } = effects;
  const payment = effects.payment ?? effects.paymentReversal?.payment;
  const standing = effects.standing ?? state.standing;
  const lots = effects.orderForm === undefined ? moved : reprioritized({ ...moved, moreLots: state.moreLots }, effects.orderForm.form.priority);
  const next: AccountState = {
    accountId: state.accountId,
    seq,
    headHash: entry.hash,
    lastRecordedAt: recordedAt,
    available: moved.available,
    held: moved.held,
    status: standing === state.standing ? state.status : statusOf(standing),
    standing,
    dueAt: dueAfter(state, moved.touched, effects),
    contract,
    alerts: state.alerts,
    lots: lots.lots,
    moreLots: state.moreLots,
    otherLots: lots.otherLots,
    citedDebits: effects.cited === undefined ? state.citedDebits : new Map(state.citedDebits).set(effects.cited.seq, effects.cited),
    corrections: corrected(state.corrections, effects),
    holds: hold === undefined ? state.holds : new Map(state.holds).set(hold.holdId, hold),
    purchases: purchase === undefined ? state.purchases : new Map(state.purchases).set(purchase.purchaseId, purchase),
    payments:
      payment === undefined
        ? state.payments
        : new Map(state.payments).set(paymentKey(payment.provider, payment.providerPaymentId), payment),
  };
  const touchedLots = moved.touched;
  const openedNow = opened === null ? null : (touchedLots.find((lot) => lot.lotId === seq) ?? opened);
  return { state: next, booked: { entry, touchedLots, opened: openedNow, metadata: draft.metadata, effects, events: NO_EVENTS } };
}

/** What an entry adds may fall due before all else; what it takes away leaves the instant too early, which does no harm. */
function dueAfter(state: AccountState, touched: readonly Lot[], { hold, purchase, contract }: SideEffects): number | null {
  let { dueAt } = state;
  const mayFallDue = (instant: number): void => {
    if (dueAt === null || instant < dueAt) dueAt = instant;
  };
  for (const { validUntil, buckets } of touched) {
    if (validUntil !== null && !buckets.available.isZero()) mayFallDue(validUntil);
  }
  if (hold?.state === 'open') mayFallDue(hold.expiresAt);
  if (purchase?.state === 'awaiting_payment') mayFallDue(purchase.paymentDueAt);
  // A changed contract may bring every date forward or back: look at once.
  if (contract !== undefined) mayFallDue(0);
  return dueAt;
}

const NO_EFFECTS: SideEffects = {};
const NO_EVENTS: readonly LedgerEvent[] = [];
type Mutable<T> = { -readonly [Member in keyof T]: T[Member] };

interface Moved {
  readonly postings: readonly Posting[];
  readonly touched: readonly Lot[];
  readonly lots: AccountState['lots'];
  readonly otherLots: AccountState['otherLots'];
  readonly available: Amount;
  readonly held: Amount;
}

function applyPostings(state: AccountState, opened: Lot | null, seq: number, draft: EntryDraft, change: ConditionChange | undefined): Moved {
  let { available, held } = state;
  const touched: Lot[] = change === undefined ? [] : [inCondition(state, change)];
  const postings: Posting[] = [];
  for (const line of draft.postings) {
    if (line.credits.lte(ZERO)) throw new Error(`a posting moves more than nothing: ${draft.type}`);
    const lotId = line.lotId === OWN_LOT ? seq : line.lotId;
    const at = touched.findIndex((lot) => lot.lotId === lotId);
    const before = touched[at] ?? (opened?.lotId === lotId ? opened : findLot(state, lotId));
    if (before === undefined) throw new Error(`lot ${lotId} was not loaded`);
    const lot = moveCredits(before, line.from, line.to, line.credits);
    if (at < 0) touched.push(lot);
    else touched[at] = lot;
    if (line.from === 'available') available = available.sub(line.credits);
    if (line.to === 'available') available = available.add(line.credits);
    if (line.from === 'held') held = held.sub(line.credits);
    if (line.to === 'held') held = held.add(line.credits);
    postings.push({
      line: postings.length + 1,
      lotId,
      from: line.from,
      to: line.to,
      credits: line.credits,
      rateVersion: line.rateVersion,
      share: line.share,
      lotAvailableAfter: lot.buckets.available,
      lotHeldAfter: lot.buckets.held,
    });
  }
  if (exceedsRange(available.add(held))) {
    throw new RefusedError(refusal('amount-out-of-range', 'The balance would have more than 29 integer digits.'));
  }
  let standing: Pick<AccountState, 'lots' | 'otherLots' | 'moreLots'> = state;
  for (const lot of touched) standing = withLot(standing, lot);
  return { postings, touched, lots: standing.lots, otherLots: standing.otherLots, available, held };
}

function inCondition(state: AccountState, { lotId, condition, freezeOwed }: ConditionChange): Lot {
  const lot = findLot(state, lotId);
  if (lot === undefined) throw new Error(`lot ${lotId} was not loaded`);
  return { ...lot, condition, freezeOwed };
}
