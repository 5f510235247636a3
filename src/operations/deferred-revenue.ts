import type { DataSource } from 'typeorm';
import { RollForwardMaker, type RollForward } from '../domain/books/roll-forward.js';
import { eachBookAccount, readBookEntries } from '../postgres/reads/books.js';

/** SPEC 13: deferred revenue per month and currency, over one account or all of them, one after another. */
export class DeferredRevenue {
  constructor(private readonly database: DataSource) {}

  /** `from`, `through`: calendar months, `YYYY-MM`, both included; null: all there are. */
  async rollForward(accountId: string | null, from: string | null, through: string | null): Promise<RollForward> {
    const maker = new RollForwardMaker();
    for await (const account of eachBookAccount(this.database, accountId)) {
      await maker.addAccount(account.lots, readBookEntries((read) => read(this.database), account.accountId, account.seq));
    }
    return maker.rollForward(from, through);
  }
}
