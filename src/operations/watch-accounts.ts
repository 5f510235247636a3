import type { DataSource } from 'typeorm';
import { BURN_DAYS, decideTimed, type TimedView } from '../domain/timed-alerts.js';
import { appendEvent } from '../postgres/catalogue/append-event.js';
import { keepSample, lockAccount, moveTimedAlerts, readAccountsToWatch, readTimedView } from '../postgres/catalogue/timed-alerts.js';

const DAY_MS = 24 * 3_600_000;
const SAMPLES_KEPT_MS = (BURN_DAYS + 2) * DAY_MS;
const SAMPLE_EVERY_MS = 3_600_000;
const AT_ONCE = 200;

/**
 * Rules on time (SPEC 11): runway, unusual burn, the end of Terms and lots. Looks at every account, and where something is to be
 * told looks again under the account's lock, so that it is told once, however many workers look. Late or twice it does no harm.
 */
export class WatchAccounts {
  constructor(private readonly database: DataSource) {}

  /** Returns how many alerts were told. */
  async run(): Promise<number> {
    let told = 0;
    let after = '';
    for (;;) {
      const accounts = await readAccountsToWatch(this.database, after, AT_ONCE);
      for (const accountId of accounts) told += await this.watch(accountId);
      const last = accounts.at(-1);
      if (last === undefined || accounts.length < AT_ONCE) return told;
      after = last;
    }
  }

  private async watch(accountId: string): Promise<number> {
    const view = await readTimedView(this.database, accountId, SAMPLES_KEPT_MS);
    if (isSampleDue(view)) await keepSample(this.database, accountId, view, SAMPLES_KEPT_MS);
    const { firings, rearmed } = decideTimed(view);
    if (firings.length === 0 && rearmed.length === 0) return 0;
    return this.database.transaction(async (manager) => {
      await lockAccount(manager, accountId);
      const locked = await readTimedView(manager, accountId, SAMPLES_KEPT_MS);
      const alerts = decideTimed(locked);
      for (const { draft } of alerts.firings) await appendEvent(manager, accountId, draft);
      await moveTimedAlerts(manager, accountId, alerts, locked.now);
      return alerts.firings.length;
    });
  }
}

function isSampleDue({ now, samples }: TimedView): boolean {
  const last = samples.at(-1);
  return last === undefined || now - last.at >= SAMPLE_EVERY_MS;
}
