import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { declinePendingAct, readPendingAct, type PendingAct } from '../postgres/catalogue/pending-acts.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { operatorRequest, type Requester } from './keyed-request.js';

/**
 * Declines what an operator asked for, so that nobody confirms it by mistake. Also by who asked: to want a thing takes two,
 * to let it be takes one.
 */
export class DeclineAct {
  constructor(private readonly database: DataSource) {}

  run(actId: string, reason: string, requester: Requester): Promise<Answered<PendingAct>> {
    return answeredOnce(this.database, operatorRequest(requester, 'decline-act', { actId, reason }), async (manager) => {
      const { now } = await readBusinessTime(manager);
      const declined = await declinePendingAct(manager, actId, { by: requester.actor, reason, now });
      const act = await readPendingAct(manager, actId);
      if (act === null) return refuse('pending-act-not-found', 'There is no such act.');
      if (!declined) refuse('pending-act-ended', 'The act waits for nobody any more.');
      return act;
    });
  }
}
