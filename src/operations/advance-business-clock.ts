import type { DataSource } from 'typeorm';
import { instantText } from '../domain/calendar.js';
import { refuse } from '../domain/errors.js';
import { advanceClock, lockClock } from '../postgres/catalogue/advance-clock.js';
import { answeredBefore, answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
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
    const asked = 'to' in advance ? { to: instantText(advance.to) } : { byDays: String(advance.byDays) };
    const request = operatorRequest(requester, 'advance-clock', asked);
    const before = await answeredBefore<BusinessTime>(this.database, request);
    if (before !== null) return before;

    const { now } = await readBusinessTime(this.database);
    const target = 'to' in advance ? advance.to : now + advance.byDays * DAY_MS;
    checkTarget(target, now);
    const played = await this.playUpTo(target);
    return answeredOnce(this.database, request, async (manager) => {
      await lockClock(manager);
      const time = await readBusinessTime(manager);
      // The clock has run on meanwhile, and with what fell due it may have come past the instant asked for.
      const left = 'to' in advance ? Math.max(0, advance.to - time.now) : advance.byDays * DAY_MS - played;
      checkTarget(time.now + left, time.now);
      await advanceClock(manager, left);
      return readBusinessTime(manager);
    }).finally(() => this.dueWork.run());
  }

  /**
   * Stops at every instant at which something falls due on the way, in order, and carries it out then: what happens in the
   * passed time bears its own time, and is over before the call answers. Answers by how much that advanced the clock.
   */
  private async playUpTo(target: number): Promise<number> {
    let played = 0;
    await this.dueWork.run();
    for (;;) {
      const due = await readNextDue(this.database, target);
      if (due === null) return played;
      played += await this.advanceTo(due);
      if ((await this.dueWork.run()) === 0) return played;
    }
  }

  private advanceTo(instant: number): Promise<number> {
    return this.database.transaction(async (manager) => {
      await lockClock(manager);
      const { now } = await readBusinessTime(manager);
      const byMs = Math.max(0, instant - now);
      await advanceClock(manager, byMs);
      return byMs;
    });
  }
}

function checkTarget(target: number, now: number): void {
  if (target < now) {
    refuse('business-clock-not-advanceable', 'Business time only advances.', { pointer: '/to', data: { now: instantText(now) } });
  }
  if (target > LATEST) {
    refuse('business-clock-not-advanceable', 'Business time advances to the year 2200 at most.', { data: { now: instantText(now) } });
  }
}
