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
/** As many as there are accounts, as backends have it that work for one each; and as few as the other measures have. */
const CALLERS = 1_000;
const FEW_CALLERS = 256;

/** A thousand accounts, a few of them busy and most of them hardly ever. */
export const manyAccounts: Measure = {
  id: 'many-accounts',
  async run({ database, scale, progress }) {
    await seedAccounts(database, ACCOUNTS, 3);
    await copyAccountsForOneByOne(database, ACCOUNTS);
    const account = zipfAccount(ACCOUNTS);
    const loop = { warmUpMs: scale.warmUpMs, windowMs: scale.windowMs };
    progress('looking for the best number of connections of one-by-one');
    const connections = await bestConnections(database, scale, account);
    progress('rounds');
    const runs = await alternate(scale.rounds, {
      engine: () => runOnce(database, engine(database, account), { ...loop, callers: CALLERS }),
      engineOfFew: () => runOnce(database, engine(database, account), { ...loop, callers: FEW_CALLERS }),
      oneByOne: () => runOnce(database, oneByOne(database, connections, account), { ...loop, callers: connections }),
    });
    const shared = {
      unit: 'debits/s' as const,
      of: (run: { readonly rate: number }) => run.rate,
      baseline: [`one-by-one on ${String(connections)}`, runs.oneByOne] as const,
    };
    return [
      compare({
        ...shared,
        id: 'many-accounts/one-by-one',
        title: '1,000 accounts, Zipf',
        subject: ['engine', runs.engine],
        goal: { kind: 'at-least', value: 10 },
      }),
      compare({ ...shared, id: 'many-accounts/few-callers', title: 'the same, 256 callers', subject: ['engine of few', runs.engineOfFew], goal: null }),
    ];
  },
};
