import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { StatementMaker, type StatementFigures } from '../domain/books/statement.js';
import { accountExists } from '../postgres/reads/accounts.js';
import { readBookAccount, readBookEntries, readTimeZone, type Reads } from '../postgres/reads/books.js';
import { readPeriods, type AccountingPeriod } from '../postgres/reads/periods.js';
import { readRatesOf, type RatesOfVersion } from '../postgres/reads/rates-of-versions.js';

/** A statement as it is handed out, in whatever format: the same members, in the same order, every time. */
export interface Statement extends StatementFigures {
  readonly statementVersion: '1';
  readonly accountId: string;
  readonly licensee: { readonly licenseeId: string; readonly legalName: string };
  readonly period: {
    readonly from: string;
    /** Last day; null: the period is open. */
    readonly through: string | null;
    readonly timeZone: string;
    /** `open`: provisional, for more may be booked to it. */
    readonly state: 'closed' | 'open';
    /** The newest entry that it looks at; of a closed period, the entry that closed it. */
    readonly seq: number;
  };
  /** The rates of every lot that is in it. */
  readonly rates: readonly RatesOfVersion[];
}

/** SPEC 13: draws the statement of an account and a period, from its entries alone and in short pages. */
export class Statements {
  constructor(private readonly database: DataSource) {}

  /** `through`: the last day of a closed period, or `open`. The entries are read by `reads`, with the rights of whoever asks. */
  async draw(accountId: string, through: string, reads: Reads): Promise<Statement> {
    const exists = await reads((database) => accountExists(database, accountId));
    const account = exists ? await readBookAccount(this.database, accountId) : null;
    if (account === null) return refuse('account-not-found', 'There is no such account.');
    const periods = await reads((database) => readPeriods(database, accountId));
    const at = periods.findIndex((period) => (period.through ?? 'open') === through);
    const period: AccountingPeriod = periods[at] ?? refuse('period-not-found', 'No accounting period of this account ends on that day.');
    const { from } = period;
    if (from === null) return refuse('period-not-found', 'This account has signed no order form: its first period has not begun.');
    // Behind the entry that closed a period nothing is booked to it any more.
    const seq = period.closed?.seq ?? account.seq;
    const lots = account.lots.filter(({ lotId }) => lotId <= seq);
    const maker = new StatementMaker(lots, periods[at - 1]?.through ?? null, period.through);
    for await (const entry of readBookEntries(reads, accountId, seq)) maker.add(entry);
    const figures = maker.figures();
    return {
      statementVersion: '1',
      accountId,
      licensee: { licenseeId: account.licenseeId, legalName: account.legalName },
      period: { from, through: period.through, timeZone: (await reads((database) => readTimeZone(database, accountId, seq))) ?? account.timeZone, state: period.closed === null ? 'open' : 'closed', seq },
      ...figures,
      rates: await readRatesOf(this.database, figures.lots.map(({ rateVersion }) => rateVersion)),
    };
  }
}
