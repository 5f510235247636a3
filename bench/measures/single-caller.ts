import { copyAccountsForOneByOne, oneByOne } from '../baselines/one-by-one.js';
import type { Measure } from '../harness/measure.js';
import { alternate } from '../harness/rounds.js';
import { compare } from '../harness/row.js';
import { runOnce } from '../harness/run.js';
import { engine } from '../subjects/engine.js';
import { seedAccounts } from '../workload/seed.js';

const ACCOUNT = 'single';

/** What waiting for others would cost if nobody else is there: nothing, for a lane has no timer. */
export const singleCaller: Measure = {
  id: 'single-caller',
  async run({ database, scale }) {
    await seedAccounts(database, [ACCOUNT], 3);
    await copyAccountsForOneByOne(database, [ACCOUNT]);
    const account = (): string => ACCOUNT;
    const loop = { callers: 1, warmUpMs: scale.warmUpMs, windowMs: scale.windowMs };
    const runs = await alternate(scale.rounds, {
      engine: () => runOnce(database, engine(database, account), loop),
      oneByOne: () => runOnce(database, oneByOne(database, 1, account), loop),
    });
    return [
      compare({
        id: 'single-caller/latency',
        title: 'a single caller, median latency',
        unit: 'ms',
        of: (run) => run.p50,
        subject: ['engine', runs.engine],
        baseline: ['one-by-one on 1', runs.oneByOne],
        goal: { kind: 'at-most', value: 1 },
      }),
    ];
  },
};
