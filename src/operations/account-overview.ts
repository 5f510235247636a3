import type { DataSource, EntityManager } from 'typeorm';
import { whatTheBalanceBuys, type Buys } from '../domain/buys.js';
import { addDays, localDate } from '../domain/calendar.js';
import { governingOrderForm, zoneOf, type OrderForm } from '../domain/contract.js';
import { amount, type Amount } from '../domain/credits.js';
import { refuse } from '../domain/errors.js';
import { MORE_LOTS_NEEDED } from '../domain/pricing.js';
import { runwayOf, WINDOWS, type DayOfUse, type Runway } from '../domain/runway.js';
import { termAt, type Term } from '../domain/term.js';
import type { Ledger } from '../ledger/ledger.js';
import { readAccess, type AccountAccess } from '../postgres/reads/access.js';
import { readAccount, readLicensee, type Account, type Licensee } from '../postgres/reads/accounts.js';
import { foldActivity, readBurn, type DayOfFeature } from '../postgres/reads/activity.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { readFilteredPage } from '../postgres/reads/filtered-entries.js';
import type { RunDueWork } from './run-due-work.js';

export interface Overview {
  readonly account: Account;
  readonly licensee: Licensee;
  readonly access: AccountAccess;
  /** When the status last changed; null: never. */
  readonly since: number | null;
  readonly timeZone: string;
  readonly today: string;
  readonly form: OrderForm | null;
  readonly term: Term | null;
  readonly consumedInTerm: Amount;
  readonly runway: Runway | null;
  readonly buys: readonly Buys[];
}

/** Reads with the rights of whoever asks. */
export type ReadAs = <Result>(read: (database: DataSource | EntityManager) => Promise<Result>) => Promise<Result>;

const NO_FILTER = { feature: null, holdId: null, from: null, until: null } as const;

/** All that an admin wants to know in the morning, as of now. Nothing is written but what has fallen due. */
export class AccountOverview {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
    private readonly runDueWork: RunDueWork,
  ) {}

  async run(accountId: string, readAs: ReadAs): Promise<Overview> {
    const access = await this.upToDate(accountId, readAs);
    const { form, term, timeZone, buys } = await this.contractOf(accountId, access.now);
    const today = localDate(access.now, timeZone);
    await foldActivity(this.database, accountId);
    const longest = Math.max(...WINDOWS);
    const { account, use, change, consumedInTerm } = await readAs(async (database) => ({
      account: (await readAccount(database, accountId)) ?? refuse('account-not-found', 'There is no such account.'),
      use: await readBurn(database, accountId, addDays(today, -longest), today),
      change: (await readFilteredPage(database, { accountId, order: 'newest', beyond: null, limit: 1 }, { ...NO_FILTER, types: ['status'] }))[0],
      consumedInTerm: await consumedIn(database, accountId, term, timeZone),
    }));
    const licensee = (await readLicensee(this.database, account.licenseeId)) ?? refuse('licensee-not-found', 'There is no such licensee.');
    return {
      account,
      licensee,
      access,
      since: change?.recordedAt ?? null,
      timeZone,
      today,
      form,
      term,
      consumedInTerm,
      runway: runwayOf(amount(access.available).add(access.held), today, byDay(use)),
      buys,
    };
  }

  /** The account's own calendar day. */
  async today(accountId: string): Promise<string> {
    const { now } = await readBusinessTime(this.database);
    return localDate(now, (await this.contractOf(accountId, now)).timeZone);
  }

  /** Where something is due that the row does not show yet, it is booked first. */
  private async upToDate(accountId: string, readAs: ReadAs): Promise<AccountAccess> {
    const access = (await readAs((database) => readAccess(database, accountId))) ?? refuse('account-not-found', 'There is no such account.');
    if (!access.dueNow) return access;
    await this.runDueWork.touch(accountId);
    return (await readAs((database) => readAccess(database, accountId))) ?? access;
  }

  private async contractOf(accountId: string, now: number) {
    const asked = await this.ledger.ask(accountId, (state, context) => {
      const buys = whatTheBalanceBuys(state, context);
      if (buys === MORE_LOTS_NEEDED) return buys;
      const { contract } = state;
      return { form: governingOrderForm(contract, now), term: termAt(contract, now), timeZone: zoneOf(contract), buys };
    });
    // A closed account buys nothing any more; what it was is in its entries.
    return 'code' in asked ? { form: null, term: null, timeZone: 'UTC', buys: [] } : asked;
  }
}

async function consumedIn(database: DataSource | EntityManager, accountId: string, term: Term | null, zone: string): Promise<Amount> {
  if (term === null) return amount('0');
  const days = await readBurn(database, accountId, localDate(term.from, zone), localDate(term.until - 1, zone));
  return days.reduce((sum, { credits }) => sum.add(credits), amount('0'));
}

function byDay(use: readonly DayOfFeature[]): DayOfUse[] {
  const days = new Map<string, Amount>();
  for (const { day, credits } of use) days.set(day, (days.get(day) ?? amount('0')).add(credits));
  return [...days].map(([day, credits]) => ({ day, credits }));
}
