import { expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { differencesOf, played, step, type Step } from '../support/account-history.js';
import { periodStep } from '../support/correction-steps.js';

jest.setTimeout(120_000);

const DAY_MS = 86_400_000;
const late: fc.Arbitrary<Step> = fc.record({
  do: fc.constant('debit' as const),
  feature: fc.constant('captions'),
  usage: fc.record({ minutes: fc.constantFrom('0.1', '0.5') }),
  record: fc.constant(true),
  back: fc.constantFrom(DAY_MS, 2 * DAY_MS),
});
const wait: fc.Arbitrary<Step> = fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(DAY_MS, 3 * DAY_MS) });
const history = fc.array(
  fc.oneof({ weight: 4, arbitrary: step }, { weight: 2, arbitrary: periodStep }, { weight: 2, arbitrary: late }, { weight: 1, arbitrary: wait }),
  { minLength: 5, maxLength: 40 },
);
const RUNS = { numRuns: 60, seed: 13 };

it('books nothing to a closed period, whatever happens to an account, and the verifier agrees', () => {
  let lateEntries = 0;
  let closings = 0;
  fc.assert(
    fc.property(history, (steps) => {
      const account = played(steps);
      let closed = '';
      for (const { type, subject, detail, accountingDate } of account.entries) {
        const matter = JSON.parse(detail) as { readonly lateFor?: string; readonly closedThrough?: string | null };
        expect(accountingDate > closed).toBe(true);
        if (matter.lateFor !== undefined) {
          expect(matter.lateFor <= closed).toBe(true);
          lateEntries += 1;
        }
        if (type === 'period-closed') {
          closed = subject ?? '';
          closings += 1;
        }
        if (type === 'period-reopened') closed = matter.closedThrough ?? '';
      }
      expect(differencesOf(account)).toEqual([]);
    }),
    RUNS,
  );
  expect(lateEntries).toBeGreaterThan(10);
  expect(closings).toBeGreaterThan(50);
});

it('is found where an entry was booked to a closed period', () => {
  const account = played([{ do: 'wait', ms: 3 * 86_400_000 }, { do: 'close books', nth: 1 }]);
  account.book(account.use('captions', { minutes: '1' }, { mode: 'record', occurredAt: account.now - 2 * 86_400_000 }));
  const entry = account.booked.at(-1)?.entry as { accountingDate: string };
  entry.accountingDate = '2026-06-15';
  expect(differencesOf(account).map(({ what }) => what)).toEqual(expect.arrayContaining(['accounting date', 'hash']));
});
