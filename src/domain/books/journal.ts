import { instantText } from '../calendar.js';
import { ZERO, amount, formatCredits, type Amount } from '../credits.js';
import { BUCKETS } from '../lot.js';
import { currencyScale, formatMoney } from '../money.js';
import type { BookEntry, BookLot } from './book-entry.js';
import { LotBooks, type Movement } from './lot-books.js';
import { PLACES, type Place } from './lot-money.js';

/** How the journal calls credits. */
const CREDITS = 'AIC';

interface Line {
  readonly account: string;
  readonly value: Amount;
  readonly commodity: string;
}

/** Accounts and commodities that a journal has declared so far; strict readers want each declared. */
export class Declared {
  private readonly names = new Set<string>();

  /** The directive for a name that is new, else nothing. */
  account(name: string): string {
    return this.once(`account ${name}`);
  }

  commodity(name: string): string {
    return this.once(`commodity ${name === CREDITS ? `1000.000000000 ${CREDITS}` : `1000.${'0'.repeat(currencyScale(name))} ${name}`}`);
  }

  /** An account of the ledger is done: the names of what is its own do not come back. */
  forgetAccountsOf(accountId: string): void {
    const own = `:${plainName(accountId)}`;
    for (const name of this.names) if (name.endsWith(own) || name.includes(`${own}:`)) this.names.delete(name);
  }

  private once(directive: string): string {
    if (this.names.has(directive)) return '';
    this.names.add(directive);
    return `${directive}\n`;
  }
}

/**
 * A plain-text journal in credits and money (docs/books.md has the chart of accounts). Each entry that moves something is a
 * transaction, dated by its accounting date; at the end of each month the balances of all lots that moved are asserted.
 */
export class AccountJournal {
  private readonly books: LotBooks;
  /** Balances are asserted in the order of dates, and entries come in the order of their numbers: sums by month, for the end. */
  private readonly months = new Map<string, Map<string, Line>>();

  constructor(
    private readonly accountId: string,
    lots: Iterable<BookLot>,
    private readonly declared: Declared,
  ) {
    this.books = new LotBooks(lots);
  }

  /** The transaction of an entry, with the directives that it needs; nothing where it moves nothing. */
  add(entry: BookEntry): string {
    const lines = [...this.books.apply(entry).flatMap((movement) => this.linesOf(entry, movement)), ...this.moneyLines(entry)];
    if (lines.length === 0) return '';
    this.note(entry, lines);
    const what = entry.feature === null ? entry.type : `${entry.type} ${plainName(entry.feature)}`;
    const times = `recorded:${instantText(entry.recordedAt)}, occurred:${instantText(entry.occurredAt)}`;
    return this.transaction(`${entry.accountingDate} * (${plainName(this.accountId)}/${String(entry.seq)}) ${what}  ; ${times}`, lines, () => '');
  }

  /** What every lot has at the end of each month, for the reader to check. */
  *assertions(): Generator<string> {
    const balances = new Map<string, Amount>();
    for (const [month, sums] of [...this.months].sort(([a], [b]) => (a < b ? -1 : 1))) {
      const lines: Line[] = [];
      for (const [key, { account, value, commodity }] of sums) {
        const balance = (balances.get(key) ?? ZERO).add(value);
        balances.set(key, balance);
        lines.push({ account, value: balance, commodity });
      }
      yield this.transaction(`${lastDayOf(month)} * (${plainName(this.accountId)}) lots at the end of ${month}`, lines.map((line) => ({ ...line, value: ZERO })), (i) => {
        const line = lines[i] as Line;
        return ` = ${text(line)} ${line.commodity}`;
      });
    }
  }

  private linesOf({ feature }: BookEntry, { book, from, to, posted, moved }: Movement): Line[] {
    const { lot } = book;
    const at = `${plainName(this.accountId)}:lot${String(lot.lotId)}`;
    const lines: Line[] = [
      { account: `credits:${from}:${at}`, value: posted.neg(), commodity: CREDITS },
      { account: `credits:${to}:${at}`, value: posted, commodity: CREDITS },
    ];
    const { price } = lot;
    if (price === null) return lines;
    const { currency } = price;
    const add = (account: string, value: Amount): void => {
      if (!value.isZero()) lines.push({ account, value, commodity: currency });
    };
    add(`liabilities:deferred-revenue:${at}`, moved.deferred.neg());
    for (const place of PLACES) add(placeAccount(place, plainName(this.accountId), at, feature), moved[place].neg());
    if (from === 'issued' && lot.source === null) {
      add(`liabilities:tax:${plainName(this.accountId)}`, price.tax.neg());
      add(this.advances(lot.purchaseId), price.amount.add(price.tax));
    } else if (from === 'issued') {
      add('liabilities:transfers', price.amount);
    }
    return lines;
  }

  /** Money that came or went, as the entry has it. */
  private moneyLines({ type, subject, detail }: BookEntry): Line[] {
    const matter = MONEY[type];
    if (matter === undefined) return [];
    const read = JSON.parse(detail) as MoneyDetail;
    const { amount: value, currency } = read.outgoingPayment ?? read;
    if (value === undefined || currency === undefined) return [];
    const { debit, credit } = matter(read, {
      advances: this.advances(subject),
      cash: `assets:cash:${plainName(read.provider ?? 'unknown')}`,
      account: plainName(this.accountId),
    });
    return [
      { account: debit, value: amount(value), commodity: currency },
      { account: credit, value: amount(value).neg(), commodity: currency },
    ];
  }

  private advances(purchaseId: string | null): string {
    return `liabilities:customer-advances:${plainName(this.accountId)}:${plainName(purchaseId ?? 'none')}`;
  }

  private note({ accountingDate }: BookEntry, lines: readonly Line[]): void {
    const month = accountingDate.slice(0, 'YYYY-MM'.length);
    const sums = this.months.get(month) ?? new Map<string, Line>();
    this.months.set(month, sums);
    for (const line of lines) {
      if (!OF_A_LOT.test(line.account)) continue;
      const key = `${line.account} ${line.commodity}`;
      const before = sums.get(key);
      sums.set(key, before === undefined ? line : { ...line, value: before.value.add(line.value) });
    }
  }

  private transaction(head: string, lines: readonly Line[], after: (index: number) => string): string {
    let directives = '';
    let body = '';
    lines.forEach((line, i) => {
      directives += this.declared.commodity(line.commodity) + this.declared.account(line.account);
      body += `    ${line.account}  ${text(line)} ${line.commodity}${after(i)}\n`;
    });
    return `${directives}${head}\n${body}\n`;
  }
}

/** Only these are asserted: what belongs to one lot. */
const OF_A_LOT = new RegExp(`^(credits:(${BUCKETS.join('|')})|liabilities:(deferred-revenue|disputed|withdrawn)):`);

function placeAccount(place: Place, account: string, at: string, feature: string | null): string {
  switch (place) {
    case 'consumed':
      return `revenues:usage:${account}:${plainName(feature ?? 'none')}`;
    case 'lapsed':
      return `revenues:breakage:${account}`;
    case 'frozen':
      return `liabilities:disputed:${at}`;
    case 'withdrawn':
      return `liabilities:withdrawn:${at}`;
    case 'transferred':
      return 'liabilities:transfers';
  }
}

interface MoneyDetail {
  readonly amount?: string;
  readonly currency?: string;
  readonly provider?: string;
  readonly allocated?: boolean;
  readonly outgoingPayment?: { readonly amount: string; readonly currency: string };
}

interface MoneyAccounts {
  readonly advances: string;
  readonly cash: string;
  readonly account: string;
}

/** Entries about money, by type: what is debited and what is credited. */
const MONEY: Readonly<Record<string, (detail: MoneyDetail, accounts: MoneyAccounts) => { readonly debit: string; readonly credit: string }>> = {
  payment: (_, { cash, advances }) => ({ debit: cash, credit: advances }),
  withholding: (_, { account, advances }) => ({ debit: `assets:withheld-tax:${account}`, credit: advances }),
  'write-off': (_, { account, advances }) => ({ debit: `expenses:written-off:${account}`, credit: advances }),
  'payment-reversed': ({ allocated }, { cash, account, advances }) => ({ debit: allocated === true ? `assets:taken-back:${account}` : advances, credit: cash }),
  refund: (_, { account }) => ({ debit: `liabilities:refunds:${account}`, credit: 'assets:cash:refunds' }),
};

/** Names of journal accounts keep to letters, digits and `._-`: anything else could end one. */
function plainName(name: string): string {
  return name.replaceAll(/[^A-Za-z0-9._-]/g, (character) => `%${(character.codePointAt(0) ?? 0).toString(16).toUpperCase()}`);
}

function text({ value, commodity }: Line): string {
  return commodity === CREDITS ? formatCredits(value) : formatMoney(value, commodity);
}

function lastDayOf(month: string): string {
  const [year = 0, number = 0] = month.split('-').map(Number);
  return `${month}-${String(new Date(Date.UTC(year, number, 0)).getUTCDate()).padStart(2, '0')}`;
}
