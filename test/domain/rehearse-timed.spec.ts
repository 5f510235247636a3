import { describe, expect, it } from '@jest/globals';
import type { AlertRule } from '../../src/domain/alert-rule.js';
import { amount } from '../../src/domain/credits.js';
import { rehearseTimedRule, type PastHour } from '../../src/domain/rehearse-timed.js';

const HOUR_MS = 3_600_000;
const BEGAN = Date.parse('2026-03-01T00:00:00Z');
const rule = (event: 'runway.below' | 'burn.unusual', threshold: object): AlertRule => ({ ruleId: 'r', event, muted: false, mail: 'all', webhooks: true, ...threshold });

/** An account that uses so much in each of its hours, out of so much. */
function past(uses: readonly number[], credits: number): PastHour[] {
  let left = credits;
  return uses.flatMap((used, i) => {
    left -= used;
    return used === 0 ? [] : [{ hour: BEGAN + i * HOUR_MS, seq: i + 1, balance: amount(String(left)), consumed: amount(String(used)) }];
  });
}
const day = (used: number): number[] => Array.from({ length: 24 }, () => used);
const at = (hours: number): number => BEGAN + hours * HOUR_MS;

describe('a rule on time, rehearsed', () => {
  it('fires at the hour from which on the balance lasts fewer days than it asks for, and once', () => {
    // 24 credits a day out of 240: after 36 hours 204 are left, which is 8.5 days.
    const firings = rehearseTimedRule(rule('runway.below', { days: '8' }), past([...day(1), ...day(1), ...day(1)], 240), at(72));
    expect(firings.map((firing) => ({ ...firing, balance: firing.balance.toFixed() }))).toEqual([{ seq: 49, at: at(49), balance: '191', measured: '7.9' }]);
  });

  it('fires again once it was over: runway recovers in hours without use', () => {
    const uses = [...day(1), ...day(1), ...day(1), ...day(0), ...day(0), ...day(0), ...day(4)];
    const firings = rehearseTimedRule(rule('runway.below', { days: '8' }), past(uses, 240), at(uses.length));
    expect(firings).toHaveLength(2);
    expect(firings.map(({ at: when }) => when)).toEqual([at(49), expect.any(Number)]);
    expect(firings[1]?.at).toBeGreaterThan(at(24 * 6));
  });

  it('knows an unusual day by the days before it', () => {
    const uses = [...day(1), ...day(1), ...day(1), ...day(5)];
    const [firing, ...others] = rehearseTimedRule(rule('burn.unusual', { factor: '3' }), past(uses, 1_000), at(uses.length));
    expect(others).toEqual([]);
    // Of 24 hours twelve at 1 and twelve at 5 are exactly three times 24; the thirteenth is more.
    expect(firing).toMatchObject({ at: at(72 + 13), measured: '76.000000000' });
  });

  it('says nothing of a past that is shorter than a day, or that there is none of', () => {
    expect(rehearseTimedRule(rule('runway.below', { days: '300' }), past(Array.from({ length: 20 }, () => 1), 100), at(20))).toEqual([]);
    expect(rehearseTimedRule(rule('runway.below', { days: '300' }), [], at(20))).toEqual([]);
  });
});
