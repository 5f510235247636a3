import type { DataSource, EntityManager } from 'typeorm';
import type { BreakResolution } from '../domain/break.js';
import { refuse } from '../domain/errors.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { assignBreak, readBreak, resolveBreak, type Break } from '../postgres/catalogue/breaks.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { administrativeRequest, type Requester } from './keyed-request.js';

/** Who looks after a break, and how it ended: by a person, with a reason. Nothing is repaired by it. */
export class ResolveBreak {
  constructor(private readonly database: DataSource) {}

  assign(id: string, owner: string, requester: Requester): Promise<Answered<Break>> {
    return answeredOnce(this.database, administrativeRequest('finance', requester, 'assign-break', { id, owner }), async (manager) => {
      const changed = await assignBreak(manager, id, owner);
      return after(manager, id, changed);
    });
  }

  resolve(id: string, resolution: BreakResolution, reason: string, requester: Requester): Promise<Answered<Break>> {
    return answeredOnce(this.database, administrativeRequest('finance', requester, 'resolve-break', { id, resolution, reason }), async (manager) => {
      const { now } = await readBusinessTime(manager);
      const changed = await resolveBreak(manager, id, { by: requester.actor, resolution, reason, now });
      return after(manager, id, changed);
    });
  }
}

async function after(manager: EntityManager, id: string, changed: boolean): Promise<Break> {
  const found = await readBreak(manager, id);
  if (found === null) return refuse('break-not-found', 'There is no such break.');
  if (!changed) refuse('break-resolved', 'This break was resolved already.');
  return found;
}
