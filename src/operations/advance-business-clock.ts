import type { DataSource } from 'typeorm';
import { instantText } from '../domain/calendar.js';
import { refuse } from '../domain/errors.js';
import { advanceClock, lockClock } from '../postgres/catalogue/advance-clock.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { readBusinessTime, type BusinessTime } from '../postgres/reads/business-time.js';
import type { RunDueWork } from './run-due-work.js';
import { readNextDue } from '../postgres/reads/due-accounts.js';
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
    private readonly dueWork: RunDueWork,
  ) {}

  async run(advance: Advance, requester: Requester): Promise<Answered<BusinessTime>> {
    if (!this.sandbox) {
      refuse('business-clock-not-advanceable', 'Only the clock of a sandbox can be advanced: this deployment is none.');
    }
    const request = 'to' in advance ? { to: instantText(advance.to) } : { byDays: String(advance.byDays) };
    await this.playUpTo('to' in advance ? advance.to : (await readBusinessTime(this.database)).now + advance.byDays * DAY_MS);
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
    }).finally(() => this.dueWork.run());
  }

  /**
   * Stops at every instant at which something falls due on the way, in order, and carries it out then: what happens in the
   * passed time bears its own time, and is over before the call answers.
   */
  private async playUpTo(target: number): Promise<void> {
    if (target > LATEST) return;
    await this.dueWork.run();
    for (;;) {
      const due = await readNextDue(this.database, target);
      if (due === null) return;
      await this.database.transaction(async (manager) => {
        await lockClock(manager);
        const { now } = await readBusinessTime(manager);
        if (due > now) await advanceClock(manager, due - now);
      });
      if ((await this.dueWork.run()) === 0) return;
    }
  }
}
