import type { DataSource } from 'typeorm';
import { foldActivity, readLaggingAccounts } from '../postgres/reads/activity.js';

/** A page folds so many entries by itself without anybody noticing. */
const NOTICEABLE = 5_000;
const EVERY_MS = 60_000;

/** Keeps the activity of busy accounts close to their newest entries, so that no page has to wait for it. Late or never, pages are right. */
export class FoldActivity {
  private last = -Infinity;

  constructor(
    private readonly database: DataSource,
    private readonly wallNow: () => number,
  ) {}

  async run(): Promise<void> {
    const now = this.wallNow();
    if (Math.abs(now - this.last) < EVERY_MS) return;
    this.last = now;
    for (const accountId of await readLaggingAccounts(this.database, NOTICEABLE)) await foldActivity(this.database, accountId);
  }
}
