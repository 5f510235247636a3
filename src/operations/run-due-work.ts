import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { shortDigest } from '../domain/hash-chain.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { readDueAccounts } from '../postgres/reads/due-accounts.js';

const AT_ONCE = 500;

/**
 * Touches every account on which something is due: holds expire, Terms end, credits lapse, purchases become overdue. Each
 * of these is right without it, at the latest when the account is next touched; this makes it prompt. Late, twice, or on
 * two instances at once it does the same.
 */
export class RunDueWork {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
  ) {}

  /** Returns how many accounts were touched. Stops where one cannot be: the next run comes back to it. */
  async run(): Promise<number> {
    let touched = 0;
    for (;;) {
      const accounts = await readDueAccounts(this.database, AT_ONCE);
      if (accounts.length === 0) return touched;
      const verdicts = await Promise.all(accounts.map((accountId) => this.touch(accountId)));
      touched += accounts.length;
      const stuck = verdicts.find((verdict) => verdict.ok || verdict.refusal.code !== 'nothing-due');
      if (stuck !== undefined) return touched;
    }
  }

  /** Carries out what is due on one account; the verdict is `nothing-due` then. */
  touch(accountId: string): Promise<Verdict> {
    const digest = shortDigest(`sys:due:${randomUUID()}`);
    return this.ledger.execute({ type: 'run-due', accountId, actor: 'sys', keyDigest: digest, fingerprint: digest });
  }
}
