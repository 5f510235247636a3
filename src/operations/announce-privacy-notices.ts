import type { DataSource } from 'typeorm';
import { addDays, localDate } from '../domain/calendar.js';
import { appendEvent } from '../postgres/catalogue/append-event.js';
import { insertAnnouncement, readUnannounced, type Unannounced } from '../postgres/catalogue/privacy-notices.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { readAccountsOfLicensee } from '../postgres/reads/undelivered-notices.js';
import { uuidV7 } from './uuid-v7.js';

const AT_ONCE = 200;
/** What could be told to nobody for so many days is not announced any more. */
const AT_MOST_DAYS = 60;

/**
 * SPEC 14: contacts are told of a change of the privacy notice before it applies. Publishing a version is bound to its days of
 * notice; this tells every licensee of it, once, by the contacts that it has. Several workers may.
 */
export class AnnouncePrivacyNotices {
  constructor(
    private readonly database: DataSource,
    private readonly wallNow: () => number,
  ) {}

  /** Returns how many licensees were told. */
  async run(): Promise<number> {
    let told = 0;
    for (;;) {
      const { now } = await readBusinessTime(this.database);
      const today = localDate(now, 'UTC');
      const due = await readUnannounced(this.database, { today, since: addDays(today, -AT_MOST_DAYS), limit: AT_ONCE });
      for (const one of due) if (await this.announce(one, now)) told += 1;
      if (due.length < AT_ONCE) return told;
    }
  }

  private announce({ licenseeId, version, change, announcedOn, effectiveOn, textHash }: Unannounced, now: number): Promise<boolean> {
    return this.database.transaction(async (manager) => {
      const announcementId = uuidV7(this.wallNow());
      if (!(await insertAnnouncement(manager, { version, licenseeId, announcementId, at: now }))) return false;
      const data = { version, change, announcedOn, effectiveOn, textHash };
      // The contacts of a licensee are the same for all its accounts: one mail to each of them is enough.
      for (const [i, accountId] of (await readAccountsOfLicensee(manager, licenseeId)).entries()) {
        await appendEvent(manager, accountId, { type: 'privacy.announced', ruleId: null, route: { mail: i === 0 ? 'all' : [], webhooks: true }, data });
      }
      return true;
    });
  }
}
