import { instantText } from '../calendar.js';
import { ZERO, formatCredits, type Amount } from '../credits.js';
import { formatMoney } from '../money.js';
import type { BookEntry, BookLot } from './book-entry.js';
import { LotBooks, type Movement } from './lot-books.js';

/** The lines of a statement, in its order. Each is what it adds to the balance, so that opening and all of them come to closing. */
export const STATEMENT_LINES = [
  'opening',
  'purchases',
  'grants',
  'transfers',
  'adjustments',
  'reversals',
  'reinstatements',
  'debits',
  'lapses',
  'freezes',
  'withdrawals',
  'closing',
] as const;
export type StatementLine = (typeof STATEMENT_LINES)[number];
type Sums = Record<StatementLine, Amount>;
type Texts = Readonly<Record<StatementLine, string>>;

/** Money of one currency: what was paid for the credits, exclusive of tax, at each lot's own price. */
export interface MoneyLines {
  readonly currency: string;
  readonly lines: Texts;
}

export interface StatementFeature {
  readonly feature: string;
  /** Actions that were booked, those that cost nothing included. */
  readonly actions: number;
  readonly credits: string;
  readonly money: readonly { readonly currency: string; readonly amount: string }[];
}

export interface StatementPurchase {
  readonly purchaseId: string;
  readonly lotId: number;
  readonly allocatedOn: string;
  readonly credits: string;
  readonly unitPrice: string;
  readonly currency: string;
  readonly price: string;
}

export interface StatementLot {
  readonly lotId: number;
  readonly kind: BookLot['kind'];
  readonly allocatedAt: string;
  readonly validUntil: string | null;
  readonly rateVersion: string;
  readonly unitPrice: string | null;
  readonly currency: string | null;
  readonly lines: Texts;
  /** Of the closing credits, those that running work holds. */
  readonly held: string;
  /** Beside the closing credits: set aside in a dispute of the payment. */
  readonly frozen: string;
  readonly money: Texts | null;
}

/** The closed record of a period: opening + movements = closing. It is a function of entries that never change. */
export interface StatementFigures {
  /** Credits: available and held. */
  readonly credits: Texts;
  readonly money: readonly MoneyLines[];
  readonly features: readonly StatementFeature[];
  readonly purchases: readonly StatementPurchase[];
  readonly lots: readonly StatementLot[];
  /** Usage of the period that no credit was there for: a record, never a debt (P6). */
  readonly unfunded: string;
  /** Entries that were booked to this period although they belong to one that was closed. */
  readonly lateEntries: number;
}

interface LotSums {
  readonly lot: BookLot;
  readonly credits: Sums;
  readonly money: Sums;
  held: Amount;
  frozen: Amount;
}

interface FeatureSums {
  actions: number;
  credits: Amount;
  readonly money: Map<string, Amount>;
}

/** Makes a statement of the entries of one account, given in order from the first one on. It grows with its lots only. */
export class StatementMaker {
  private readonly books: LotBooks;
  private readonly lots = new Map<number, LotSums>();
  private readonly features = new Map<string, FeatureSums>();
  private readonly purchases: StatementPurchase[] = [];
  private unfunded = ZERO;
  private lateEntries = 0;

  /** `after`: the last day of the period before, null for the first one; `through`: its own last day, null while it is open. */
  constructor(
    lots: Iterable<BookLot>,
    private readonly after: string | null,
    private readonly through: string | null,
  ) {
    this.books = new LotBooks(lots);
  }

  add(entry: BookEntry): void {
    const movements = this.books.apply(entry);
    if (this.through !== null && entry.accountingDate > this.through) return;
    const before = this.after !== null && entry.accountingDate <= this.after;
    for (const movement of movements) this.addMovement(entry, movement, before);
    if (before) return;
    if (isAction(entry)) this.featureOf(entry).actions += 1;
    if (entry.unfunded !== null) this.unfunded = this.unfunded.add(entry.unfunded);
    if (entry.detail.includes('"lateFor":')) this.lateEntries += 1;
  }

  figures(): StatementFigures {
    const lots = [...this.lots.values()].filter(({ credits, frozen }) => Object.values(credits).some((sum) => !sum.isZero()) || !frozen.isZero());
    const total = noSums();
    const money = new Map<string, Sums>();
    for (const { lot, credits, money: ofLot } of lots) {
      addSums(total, credits);
      if (lot.price === null) continue;
      const { currency } = lot.price;
      const sums = money.get(currency) ?? noSums();
      money.set(currency, sums);
      addSums(sums, ofLot);
    }
    return {
      credits: texts(total, formatCredits),
      money: sorted(money).map(([currency, sums]) => ({ currency, lines: texts(sums, (value) => formatMoney(value, currency)) })),
      features: sorted(this.features).map(([feature, { actions, credits, money: spent }]) => ({
        feature,
        actions,
        credits: formatCredits(credits),
        money: sorted(spent).map(([currency, sum]) => ({ currency, amount: formatMoney(sum, currency) })),
      })),
      purchases: this.purchases,
      lots: lots.map(statementLot),
      unfunded: formatCredits(this.unfunded),
      lateEntries: this.lateEntries,
    };
  }

  private addMovement(entry: BookEntry, movement: Movement, before: boolean): void {
    const { lot } = movement.book;
    const sums = this.lots.get(lot.lotId) ?? { lot, credits: noSums(), money: noSums(), held: ZERO, frozen: ZERO };
    this.lots.set(lot.lotId, sums);
    const { from, to, posted } = movement;
    if (from === 'held') sums.held = sums.held.sub(posted);
    if (to === 'held') sums.held = sums.held.add(posted);
    if (from === 'frozen') sums.frozen = sums.frozen.sub(posted);
    if (to === 'frozen') sums.frozen = sums.frozen.add(posted);
    for (const [values, into] of [[movement.credits, sums.credits], [movement.money ?? {}, sums.money]] as const) {
      for (const [column, value] of Object.entries(values) as [keyof typeof LINE_OF, Amount][]) {
        const line = before ? 'opening' : column === 'consumed' && entry.type === 'reversal' ? 'reversals' : LINE_OF[column];
        into[line] = into[line].add(value);
        into.closing = into.closing.add(value);
      }
    }
    if (before) return;
    if (entry.type === 'allocation') this.addPurchase(entry, movement);
    if (entry.type !== 'reversal' && to === 'consumed') this.addUsage(entry, movement);
  }

  private addUsage(entry: BookEntry, { book, posted, moved }: Movement): void {
    const feature = this.featureOf(entry);
    feature.credits = feature.credits.add(posted);
    const { price } = book.lot;
    if (price !== null) feature.money.set(price.currency, (feature.money.get(price.currency) ?? ZERO).add(moved.consumed));
  }

  private addPurchase(entry: BookEntry, { book, posted }: Movement): void {
    const { lot } = book;
    if (lot.price === null || lot.purchaseId === null) return;
    const { currency, amount } = lot.price;
    this.purchases.push({
      purchaseId: lot.purchaseId,
      lotId: lot.lotId,
      allocatedOn: entry.accountingDate,
      credits: formatCredits(posted),
      unitPrice: lot.unitPrice ?? '0',
      currency,
      price: formatMoney(amount, currency),
    });
  }

  private featureOf({ feature }: BookEntry): FeatureSums {
    const name = feature ?? '';
    const sums = this.features.get(name) ?? { actions: 0, credits: ZERO, money: new Map<string, Amount>() };
    this.features.set(name, sums);
    return sums;
  }
}

const LINE_OF = {
  purchased: 'purchases',
  granted: 'grants',
  consumed: 'debits',
  lapsed: 'lapses',
  reinstated: 'reinstatements',
  frozen: 'freezes',
  withdrawn: 'withdrawals',
  transferred: 'transfers',
  adjusted: 'adjustments',
} as const satisfies Record<string, StatementLine>;

/** A settlement pays for an action that was counted when it was recorded. */
function isAction({ type }: BookEntry): boolean {
  return type === 'debit' || type === 'capture';
}

function noSums(): Sums {
  return Object.fromEntries(STATEMENT_LINES.map((line) => [line, ZERO])) as Sums;
}

function addSums(to: Sums, from: Sums): void {
  for (const line of STATEMENT_LINES) to[line] = to[line].add(from[line]);
}

function texts(sums: Sums, format: (value: Amount) => string): Texts {
  return Object.fromEntries(STATEMENT_LINES.map((line) => [line, format(sums[line])])) as Texts;
}

function statementLot({ lot, credits, money, held, frozen }: LotSums): StatementLot {
  const { price } = lot;
  return {
    lotId: lot.lotId,
    kind: lot.kind,
    allocatedAt: instantText(lot.allocatedAt),
    validUntil: lot.validUntil === null ? null : instantText(lot.validUntil),
    rateVersion: lot.rateVersion,
    unitPrice: lot.unitPrice,
    currency: price?.currency ?? null,
    lines: texts(credits, formatCredits),
    held: formatCredits(held),
    frozen: formatCredits(frozen),
    money: price === null ? null : texts(money, (value) => formatMoney(value, price.currency)),
  };
}

function sorted<Value>(map: ReadonlyMap<string, Value>): (readonly [string, Value])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}
