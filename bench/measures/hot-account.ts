import { bestConnections } from '../baselines/best-connections.js';
import { copyAccountsForOneByOne, oneByOne } from '../baselines/one-by-one.js';
import { rawInsert, type Written } from '../baselines/raw-insert.js';
import type { Measure } from '../harness/measure.js';
import { alternate } from '../harness/rounds.js';
import { compare } from '../harness/row.js';
import { runOnce, type Run } from '../harness/run.js';
import { engine } from '../subjects/engine.js';
import { seedAccounts } from '../workload/seed.js';

const ACCOUNT = 'hot';
const CALLERS = 256;
/** An account belongs to one lane, and a lane is one connection: so many were at work for the ledger. */
const RAW_CONNECTIONS = 1;

/** One account that everybody wants: the worst case of a ledger, for its row can be locked by one transaction at a time. */
export const hotAccount: Measure = {
  id: 'hot-account',
  async run({ database, scale, progress }) {
    await seedAccounts(database, [ACCOUNT], 3);
    await copyAccountsForOneByOne(database, [ACCOUNT]);
    const account = (): string => ACCOUNT;
    const loop = { callers: CALLERS, warmUpMs: scale.warmUpMs, windowMs: scale.windowMs };

    // What the ledger wrote waits here for the raw baseline to write it again; each round, both take their turn.
    const written: Written[] = [];
    const runEngine = async (): Promise<Run> => {
      const from = (await lastSeq()) + 1;
      const run = await runOnce(database, engine(database, account), loop);
      written.push({ accountId: ACCOUNT, from, to: await lastSeq(), batch: Math.round(run.batch ?? CALLERS) });
      return run;
    };
    const lastSeq = async (): Promise<number> => {
      const { rows } = await database.admin.query<{ seq: string }>('SELECT seq FROM account_state WHERE account_id = $1', [ACCOUNT]);
      return Number(rows[0]?.seq);
    };
    const nextWritten = (): Written => {
      const next = written.shift();
      if (next === undefined) throw new Error('the ledger has written nothing that the raw baseline could write');
      return next;
    };

    progress('looking for the best number of connections of one-by-one');
    const connections = await bestConnections(database, scale, account);
    await runEngine();
    progress('rounds');
    const runs = await alternate(scale.rounds, {
      engine: runEngine,
      raw: () => rawInsert(database, nextWritten(), RAW_CONNECTIONS),
      oneByOne: () => runOnce(database, oneByOne(database, connections, account), { ...loop, callers: connections }),
    });
    const shared = { unit: 'debits/s', of: (run: Run) => run.rate, subject: ['engine', runs.engine] } as const;
    return [
      compare({
        ...shared,
        id: 'hot-account/one-by-one',
        title: `one hot account, ${String(CALLERS)} callers`,
        baseline: [`one-by-one on ${String(connections)}`, runs.oneByOne],
        goal: { kind: 'at-least', value: 30 },
      }),
      compare({
        ...shared,
        id: 'hot-account/raw',
        title: `one hot account, ${String(CALLERS)} callers`,
        baseline: ['raw', runs.raw],
        goal: { kind: 'at-least', value: 0.3 },
      }),
    ];
  },
};
