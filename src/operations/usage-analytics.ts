import type { DataSource } from 'typeorm';
import { shownGroups, type Group } from '../domain/analytics.js';
import { addDays, localDate } from '../domain/calendar.js';
import { refuse } from '../domain/errors.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { readContributions } from '../postgres/reads/usage-analytics.js';

/**
 * s.5: use across licensees, aggregated and anonymised. The grouping is fixed, one feature in one calendar month that is over,
 * so that no two reports overlap and none can be subtracted from another.
 */
export class UsageAnalytics {
  constructor(private readonly database: DataSource) {}

  /** `month`: `YYYY-MM`. */
  async run(month: string, feature: string | null): Promise<readonly Group[]> {
    const firstDay = `${month}-01`;
    const next = `${addDays(firstDay, 31).slice(0, 7)}-01`;
    const { now } = await readBusinessTime(this.database);
    // Over in every zone of the world.
    if (addDays(next, 1) > localDate(now, 'UTC')) refuse('group-too-small', 'A month is shown when it is over: what is added to it later could be told apart.', { data: { from: addDays(next, 1) } });
    const members = (await readContributions(this.database, firstDay, addDays(next, -1))).map(({ feature: group, ...member }) => ({ group, ...member }));
    const groups = shownGroups(members);
    if (feature === null) return groups;
    const wanted = groups.find(({ group }) => group === feature);
    return wanted === undefined ? refuse('group-too-small', 'Fewer than five licensees used it in that month, or one of them more than half: it is not shown.') : [wanted];
  }
}
