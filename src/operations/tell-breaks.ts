import type { DataSource } from 'typeorm';
import { routing } from '../domain/alert-rule.js';
import { instantText } from '../domain/calendar.js';
import type { EventData, ToldBreak } from '../domain/event.js';
import { appendEvent } from '../postgres/catalogue/append-event.js';
import type { Break } from '../postgres/catalogue/breaks.js';
import { noteTold, readAccountsToTell } from '../postgres/catalogue/told-breaks.js';
import { readAlertRules } from '../postgres/reads/alert-rules.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';

const AT_ONCE = 200;
/** One event lists so many; a file with thousands of differences makes one mail, and not thousands. */
const LISTED = 20;

/**
 * s.3: a break that touches a licensee's balance is told to it, once when it was found and once when it is resolved, whoever
 * found it: a reconciliation, a payment, an entry. Late or twice it does no harm, and several workers may.
 */
export class TellBreaks {
  constructor(private readonly database: DataSource) {}

  /** Returns how many breaks were told, found or resolved. */
  async run(): Promise<number> {
    let told = 0;
    let after = '';
    for (;;) {
      const accounts = await readAccountsToTell(this.database, after, AT_ONCE);
      for (const accountId of accounts) told += await this.tell(accountId);
      const last = accounts.at(-1);
      if (last === undefined || accounts.length < AT_ONCE) return told;
      after = last;
    }
  }

  private tell(accountId: string): Promise<number> {
    return this.database.transaction(async (manager) => {
      const { now } = await readBusinessTime(manager);
      const { rules } = await readAlertRules(manager, accountId);
      const found = await noteTold(manager, accountId, 'found', now, LISTED);
      if (found.count > 0) {
        const data: EventData['break.found'] = { count: found.count, breaks: found.oldest.map(toldBreak) };
        await appendEvent(manager, accountId, { type: 'break.found', ...routing(rules, 'break.found'), data });
      }
      const ended = await noteTold(manager, accountId, 'resolved', now, LISTED);
      if (ended.count > 0) {
        const data: EventData['break.resolved'] = {
          count: ended.count,
          breaks: ended.oldest.flatMap((one) =>
            one.resolved === null ? [] : [{ ...toldBreak(one), resolution: one.resolved.resolution, resolvedAt: instantText(one.resolved.at) }],
          ),
        };
        await appendEvent(manager, accountId, { type: 'break.resolved', ...routing(rules, 'break.resolved'), data });
      }
      return found.count + ended.count;
    });
  }
}

/** Evidence and reasons stay with finance: they are people's words, and may be about others. */
function toldBreak({ breakId, kind, credits, amount, currency, openedAt }: Break): ToldBreak {
  return { breakId, kind, credits, amount, currency, foundAt: instantText(openedAt) };
}
