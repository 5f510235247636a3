import type { Measure } from '../harness/measure.js';
import { alternate } from '../harness/rounds.js';
import { compare } from '../harness/row.js';
import { runOnce } from '../harness/run.js';
import { engine } from '../subjects/engine.js';
import { numberedAccounts, zipfAccount } from '../workload/accounts.js';
import { seedAccounts } from '../workload/seed.js';

const MANY = 300;
const FEW = 3;
const CALLERS = 256;

/** Accounts with hundreds of open lots, against the same with three: a debit needs the first of them and no more. */
export const manyLots: Measure = {
  id: 'many-lots',
  async run({ database, scale, progress }) {
    const count = scale.accountsWithManyLots;
    const accountsMany = numberedAccounts('lots-many', count);
    const accountsFew = numberedAccounts('lots-few', count);
    progress(`granting ${(count * MANY).toLocaleString('en-US')} lots`);
    await seedAccounts(database, accountsMany, MANY);
    await seedAccounts(database, accountsFew, FEW);
    const runOn = (account: () => string) => () =>
      runOnce(database, engine(database, account), { callers: CALLERS, warmUpMs: scale.warmUpMs, windowMs: scale.windowMs });
    progress('rounds');
    const runs = await alternate(scale.rounds, { many: runOn(zipfAccount(accountsMany)), few: runOn(zipfAccount(accountsFew)) });
    return [
      compare({
        id: 'many-lots',
        title: `${count.toLocaleString('en-US')} accounts of ${String(MANY)} lots each, Zipf`,
        unit: 'debits/s',
        of: (run) => run.rate,
        subject: ['engine', runs.many],
        baseline: [`of ${String(FEW)} lots`, runs.few],
        goal: { kind: 'at-least', value: 0.5 },
      }),
    ];
  },
};
