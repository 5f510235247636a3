import type { Measure } from '../harness/measure.js';
import { alternate } from '../harness/rounds.js';
import { compare } from '../harness/row.js';
import { runOnce } from '../harness/run.js';
import { engine } from '../subjects/engine.js';
import { seedAccounts, seedHistory } from '../workload/seed.js';

const LONG = 'history-long';
const SHORT = 'history-short';
const SHORT_HISTORY = 10_000;
const CALLERS = 256;

/** An account with a long past, against one with a short one: nothing may read what grows. */
export const longHistory: Measure = {
  id: 'long-history',
  async run({ database, scale, progress }) {
    await seedAccounts(database, [LONG, SHORT], 3);
    progress(`booking ${scale.longHistory.toLocaleString('en-US')} debits in one account`);
    await seedHistory(database, LONG, scale.longHistory);
    await seedHistory(database, SHORT, SHORT_HISTORY);
    const runOn = (callers: number, account: string) => () =>
      runOnce(database, engine(database, () => account), { callers, warmUpMs: scale.warmUpMs, windowMs: scale.windowMs });
    progress('rounds');
    const busy = await alternate(scale.rounds, { long: runOn(CALLERS, LONG), short: runOn(CALLERS, SHORT) });
    const idle = await alternate(scale.rounds, { long: runOn(1, LONG), short: runOn(1, SHORT) });
    const entries = `${scale.longHistory.toLocaleString('en-US')} entries`;
    const of = `of ${SHORT_HISTORY.toLocaleString('en-US')}`;
    const shared = { unit: 'debits/s', of: (run: { readonly rate: number }) => run.rate, goal: { kind: 'at-least', value: 0.8 } } as const;
    return [
      compare({
        ...shared,
        id: 'long-history/busy',
        title: `an account of ${entries}, ${String(CALLERS)} callers`,
        subject: ['engine', busy.long],
        baseline: [of, busy.short],
      }),
      compare({
        ...shared,
        id: 'long-history/single',
        title: `an account of ${entries}, one caller`,
        subject: ['engine', idle.long],
        baseline: [of, idle.short],
      }),
    ];
  },
};
