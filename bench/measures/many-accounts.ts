import { bestConnections } from '../baselines/best-connections.js';
import { copyAccountsForOneByOne, oneByOne } from '../baselines/one-by-one.js';
import type { Measure } from '../harness/measure.js';
import { alternate } from '../harness/rounds.js';
import { compare } from '../harness/row.js';
import { runOnce } from '../harness/run.js';
import { engine } from '../subjects/engine.js';
import { numberedAccounts, zipfAccount } from '../workload/accounts.js';
import { seedAccounts } from '../workload/seed.js';

const ACCOUNTS = numberedAccounts('many', 1_000);
const CALLERS = 256;

/** A thousand accounts, a few of them busy and most of them hardly ever. */
export const manyAccounts: Measure = {
  id: 'many-accounts',
  async run({ database, scale, progress }) {
    await seedAccounts(database, ACCOUNTS, 3);
    await copyAccountsForOneByOne(database, ACCOUNTS);
    const account = zipfAccount(ACCOUNTS);
    const loop = { callers: CALLERS, warmUpMs: scale.warmUpMs, windowMs: scale.windowMs };
    progress('looking for the best number of connections of one-by-one');
    const connections = await bestConnections(database, scale, account);
    progress('rounds');
    const runs = await alternate(scale.rounds, {
      engine: () => runOnce(database, engine(database, account), loop),
      oneByOne: () => runOnce(database, oneByOne(database, connections, account), { ...loop, callers: connections }),
    });
    return [
      compare({
        id: 'many-accounts/one-by-one',
        title: '1,000 accounts, Zipf',
        unit: 'debits/s',
        of: (run) => run.rate,
        subject: ['engine', runs.engine],
        baseline: [`one-by-one on ${String(connections)}`, runs.oneByOne],
        goal: { kind: 'at-least', value: 10 },
      }),
    ];
  },
};
