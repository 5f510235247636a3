import { DEFAULT_RULES } from '../alert-rule.js';
import { NO_ALERTS, type Alerts } from '../alerting.js';
import { compareBurnOrder } from '../burn-order.js';
import type { AnnouncedVersion, Contract } from '../contract.js';
import type { Adjusted, Dispute } from '../corrections.js';
import { ZERO, type Amount } from '../credits.js';
import type { Entry, Metadata } from '../entry.js';
import type { LedgerEvent } from '../event.js';
import { genesisHash } from '../hash-chain.js';
import type { Hold } from '../hold.js';
import { BUCKETS, type Bucket, type Lot, type LotCondition, type LotKind, type LotTerms } from '../lot.js';
import type { PriceVersion } from '../price.js';
import type { Payment, PaymentReversal, Purchase } from '../purchase.js';
import type { RateBook } from '../rate.js';
import { GOOD_STANDING, type Standing } from '../standing.js';

/** A row of the outbox: the event, and where the row says it stands. */
export type StoredEvent = Pick<LedgerEvent, 'id' | 'seq' | 'ordinal' | 'type'> & { readonly body: LedgerEvent };

/** A lot as the entries tell it. Mutable: one replay owns it. */
export interface ReplayedLot {
  readonly terms: LotTerms & { priority: number };
  /** Sums of the postings, whatever they claim to have left behind. */
  readonly buckets: Record<Bucket, Amount>;
  /** What the last posting says it left: the base of the next one, so that a changed line is named once and not ever after. */
  availableAfter: Amount;
  heldAfter: Amount;
  condition: LotCondition;
  freezeOwed: Amount;
}

export interface ReplayedPurchase {
  purchase: Purchase;
  /** `seq` of the payment, the withholding or the write-off that made it fully paid. */
  paidBy: number | null;
  lotId: number | null;
}

export interface ReplayedNotice {
  announced: AnnouncedVersion;
  readonly textHash: string;
}

export interface ReplayedOrderForm {
  readonly seq: number;
  readonly number: string;
  readonly cardId: string;
  readonly signedAt: number;
  readonly documentHash: string;
}

/**
 * One account rebuilt from its entries alone. It grows with the lots, purchases, holds and notices of the account, not with
 * its entries: of those only the last one is kept.
 */
export interface Replay {
  readonly accountId: string;
  rates: RateBook;
  prices: readonly PriceVersion[];
  seq: number;
  headHash: string;
  lastRecordedAt: number;
  /** As the last entry states them. */
  availableAfter: Amount;
  heldAfter: Amount;
  standing: Standing;
  /** A change of the credit standing that the last entry calls for: the next one has to be it. */
  dueCredit: { readonly to: Standing['credit']; readonly cites: number } | null;
  /** What an order form that extends the Term calls for, and at which `seq`. */
  dueExtension: { readonly type: 'rollover' | 'reinstatement'; readonly seq: number } | null;
  /** The freeze that a reversed payment calls for, right after it. */
  dueFreeze: { readonly asked: Amount; readonly cites: number } | null;
  /** Nothing falls due before this instant; null: nothing at all. */
  nothingDueBefore: number | null;
  contract: Contract;
  alerts: Alerts;
  /** An entry changed the alert rules. */
  rulesChanged: boolean;
  /** Entries up to this one are older than the outbox. */
  alertsFrom: number;
  readonly lots: Map<number, ReplayedLot>;
  /** Lots with credits available or held, in burn order. */
  open: ReplayedLot[];
  readonly purchases: Map<string, ReplayedPurchase>;
  /** By provider and its id. */
  readonly payments: Map<string, Payment>;
  readonly holds: Map<string, Hold>;
  readonly notices: Map<string, ReplayedNotice>;
  readonly orderForms: Map<string, ReplayedOrderForm>;
  readonly disputes: Map<string, Dispute>;
  /** Adjustments that the limit counts: those of the last thirty days. */
  adjusted: readonly Adjusted[];
}

/** An entry with the rows that belong to it. */
export interface EntryRecord {
  readonly entry: Entry;
  readonly metadata: Pick<Metadata, 'salt' | 'text'> | null;
  /** The row of a payment entry's payment. */
  readonly payment: PaymentRow | null;
  /** The row of a payment that the bank took back. */
  readonly paymentReversal: PaymentReversalRow | null;
  /** The entry that a reversal, a settlement or a waiver cites, and what became of it before. */
  readonly cited: CitedEntry | null;
  /** The row of what a debit or capture left unfunded. */
  readonly unfunded: UnfundedRow | null;
  /** What belongs to half of a transfer. */
  readonly transfer: TransferHalf | null;
  /** What the outbox has of it. */
  readonly events: readonly StoredEvent[];
  /** Credits of the break that the entry shows by giving back to a refunded lot; null: none is on record. */
  readonly refundedReturn: Amount | null;
}

export interface PaymentRow extends Omit<Payment, 'reversed' | 'reversalIds'> {
  readonly accountId: string;
  readonly seq: number;
  /** Of the break that the entry shows. */
  readonly breakKind: string | null;
}

export interface PaymentReversalRow extends PaymentReversal {
  readonly accountId: string;
  readonly seq: number;
  readonly breakKind: string | null;
}

export interface CitedEntry {
  readonly entry: Entry;
  /** `reversedShare` of the last reversal before this one, as text. */
  readonly reversedBefore: string | null;
  /** The settlement or waiver of its unfunded usage before this one. */
  readonly endedBefore: Entry | null;
}

/** The row of unfunded usage, with the entries that took from it, as one statement saw both. */
export interface UnfundedRow {
  readonly feature: string;
  readonly accountingDate: string;
  readonly credits: Amount;
  readonly share: Amount;
  readonly openCredits: Amount;
  readonly openShare: Amount;
  readonly state: string;
  readonly endedBy: number | null;
  readonly endings: readonly { readonly seq: number; readonly type: string; readonly reversedShare: string | null }[];
}

/** What belongs to half of a transfer: its row, and the entry under the same key in the other account. */
export interface TransferHalf {
  readonly row: TransferRow | null;
  readonly counterpart: Entry | null;
}

export interface TransferRow {
  readonly keyDigest: string;
  readonly otherAccountId: string;
  /** The lot that it left, or the entry that it arrived from. */
  readonly names: number;
  readonly credits: Amount;
}

export function newReplay(accountId: string, rates: RateBook, prices: readonly PriceVersion[] = []): Replay {
  return {
    accountId,
    rates,
    prices,
    seq: 0,
    headHash: genesisHash(accountId),
    lastRecordedAt: -Infinity,
    availableAfter: ZERO,
    heldAfter: ZERO,
    standing: GOOD_STANDING,
    dueCredit: null,
    dueExtension: null,
    dueFreeze: null,
    nothingDueBefore: null,
    contract: { accountId, licenseeId: '', configVersion: 0, orderForms: [], announced: [], closedPeriods: [], alertRules: DEFAULT_RULES },
    alerts: NO_ALERTS,
    rulesChanged: false,
    alertsFrom: 0,
    lots: new Map(),
    open: [],
    purchases: new Map(),
    payments: new Map(),
    holds: new Map(),
    notices: new Map(),
    orderForms: new Map(),
    disputes: new Map(),
    adjusted: [],
  };
}

export function emptyLot(terms: ReplayedLot['terms']): ReplayedLot {
  const buckets = Object.fromEntries(BUCKETS.map((bucket) => [bucket, ZERO])) as Record<Bucket, Amount>;
  return { terms, buckets, availableAfter: ZERO, heldAfter: ZERO, condition: 'normal', freezeOwed: ZERO };
}

/** The lot as the rules of pricing look at it: with the credits that its last posting says it has. */
export function asLot(lot: ReplayedLot): Lot {
  return { ...lot.terms, condition: lot.condition, freezeOwed: lot.freezeOwed, buckets: { ...lot.buckets, available: lot.availableAfter, held: lot.heldAfter } };
}

/** Keeps `open` what it says after a lot has moved. */
export function placeInBurnOrder(replay: Replay, lot: ReplayedLot): void {
  const at = replay.open.indexOf(lot);
  const isOpen = !lot.availableAfter.isZero() || !lot.heldAfter.isZero();
  if (isOpen && at < 0) {
    const placed = asLot(lot);
    const before = replay.open.findIndex((other) => compareBurnOrder(placed, asLot(other)) < 0);
    replay.open.splice(before < 0 ? replay.open.length : before, 0, lot);
  } else if (!isOpen && at >= 0) {
    replay.open.splice(at, 1);
  }
}

/** SPEC 9: the burn order of the order form that was signed last holds for every lot. */
export function reprioritize(replay: Replay, priority: Readonly<Record<LotKind, number>>): void {
  for (const lot of replay.lots.values()) lot.terms.priority = priority[lot.terms.kind];
  replay.open.sort((a, b) => compareBurnOrder(asLot(a), asLot(b)));
}

/** The member of an entry's detail, where it is a text. */
export function member(detail: Readonly<Record<string, unknown>>, name: string): string | null {
  const value = detail[name];
  return typeof value === 'string' ? value : null;
}

export function atEntry(entry: Entry, line?: number): string {
  return line === undefined ? `entry ${entry.seq}` : `entry ${entry.seq} line ${line}`;
}
