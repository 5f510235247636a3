import type { AlertRule } from './alert-rule.js';
import { ZERO, type Amount } from './credits.js';
import { BURN_DAYS, decideTimed, type BurnSample } from './timed-alerts.js';

const HOUR_MS = 3_600_000;
const WINDOW_HOURS = (BURN_DAYS + 1) * 24;

/** The state of an account after its last entry in an hour of its past. */
export interface PastHour {
  /** Begin of the hour, in milliseconds of business time. */
  readonly hour: number;
  readonly seq: number;
  readonly balance: Amount;
  /** Credits consumed in this hour, less what was given back. */
  readonly consumed: Amount;
}

export interface TimedRehearsal {
  /** The account's last entry then. */
  readonly seq: number;
  readonly at: number;
  readonly balance: Amount;
  /** Days of runway with one decimal, or the credits of the last 24 hours. */
  readonly measured: string;
}

/**
 * Where a rule of runway or burn would have fired: the account's past is walked hour by hour, as the samples of the forecast
 * were taken, and at each hour the rule is judged by the very function that judges it today. Hours without entries count too:
 * runway recovers in them. `hours` in order; `until` in milliseconds of business time.
 */
export function rehearseTimedRule(rule: AlertRule, hours: readonly PastHour[], until: number): TimedRehearsal[] {
  const [first] = hours;
  if (first === undefined) return [];
  const firings: TimedRehearsal[] = [];
  let samples: BurnSample[] = [{ at: first.hour, consumed: ZERO }];
  let fired = new Set<string>();
  let [next, consumed, balance, seq] = [0, ZERO, ZERO, 0];
  for (let now = first.hour + HOUR_MS; now <= until; now += HOUR_MS) {
    for (let past = hours[next]; past !== undefined && past.hour < now; past = hours[next]) {
      consumed = consumed.add(past.consumed);
      ({ balance, seq } = past);
      next += 1;
    }
    const { firings: found, rearmed } = decideTimed({ now, rules: [rule], fired, balance, term: null, endingLots: [], consumed, samples });
    for (const { draft } of found) {
      const measured = draft.type === 'runway.below' ? draft.data.runwayDays : draft.type === 'burn.unusual' ? draft.data.lastDay : '';
      firings.push({ seq, at: now, balance, measured });
    }
    const names = (of: readonly { readonly ruleId: string; readonly matter: string }[]): string[] => of.map(({ ruleId, matter }) => `${ruleId} ${matter}`);
    const over = new Set(names(rearmed));
    fired = new Set([...fired, ...names(found)].filter((name) => !over.has(name)));
    samples = [...samples, { at: now, consumed }].slice(-WINDOW_HOURS);
  }
  return firings;
}
