import type { DataSource } from 'typeorm';
import { instantText } from '../domain/calendar.js';
import { refuse } from '../domain/errors.js';
import { advanceClock, lockClock } from '../postgres/catalogue/advance-clock.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { readBusinessTime, type BusinessTime } from '../postgres/reads/business-time.js';
import { operatorRequest, type Requester } from './keyed-request.js';

const DAY_MS = 86_400_000;
/** Dates beyond are of no use to any contract, and four digits of the year are all that texts have room for. */
const LATEST = Date.UTC(2200, 0, 1);

export type Advance = { readonly to: number } | { readonly byDays: number };

/** Moves business time ahead, so that a whole Term can be played in seconds. Only in a sandbox, and never back. */
export class AdvanceBusinessClock {
  constructor(
    private readonly database: DataSource,
    private readonly sandbox: boolean,
  ) {}

  async run(advance: Advance, requester: Requester): Promise<Answered<BusinessTime>> {
    if (!this.sandbox) {
      refuse('business-clock-not-advanceable', 'Only the clock of a sandbox can be advanced: this deployment is none.');
    }
    const request = 'to' in advance ? { to: instantText(advance.to) } : { byDays: String(advance.byDays) };
    return answeredOnce(this.database, operatorRequest(requester, 'advance-clock', request), async (manager) => {
      await lockClock(manager);
      const { now } = await readBusinessTime(manager);
      const byMs = 'to' in advance ? advance.to - now : advance.byDays * DAY_MS;
      if (byMs < 0) {
        refuse('business-clock-not-advanceable', 'Business time only advances.', { pointer: '/to', data: { now: instantText(now) } });
      }
      if (now + byMs > LATEST) {
        refuse('business-clock-not-advanceable', 'Business time advances to the year 2200 at most.', { data: { now: instantText(now) } });
      }
      await advanceClock(manager, byMs);
      return readBusinessTime(manager);
    });
  }
}
