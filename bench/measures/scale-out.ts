import { httpRun } from '../load/http-run.js';
import type { Front } from '../load/balancer.js';
import type { Measure } from '../harness/measure.js';
import { alternate } from '../harness/rounds.js';
import { compare } from '../harness/row.js';
import type { Run } from '../harness/run.js';
import { deploy } from '../subjects/deployment.js';
import { createApiKey } from '../workload/api-key.js';
import { numberedAccounts } from '../workload/accounts.js';
import { seedAccounts } from '../workload/seed.js';

const ACCOUNTS = numberedAccounts('scale', 64);
const CONNECTIONS = 128;
const MOST_ROUNDS = 5;
const FRONTS = {
  one: { instances: 1, byAccount: true },
  twoByAccount: { instances: 2, byAccount: true },
  twoInTurn: { instances: 2, byAccount: false },
  fourByAccount: { instances: 4, byAccount: true },
  fourInTurn: { instances: 4, byAccount: false },
} as const satisfies Record<string, Front>;
type Name = keyof typeof FRONTS;

/**
 * 1, 2 and 4 instances behind a balancer, routed by account and in turn. On two CPUs nothing gets faster by more processes;
 * what is shown is what the locks of several instances cost, and (by the verifier at the end) that they are right.
 */
export const scaleOut: Measure = {
  id: 'scale-out',
  async run({ database, scale, progress }) {
    await seedAccounts(database, ACCOUNTS, 3);
    const names = Object.keys(FRONTS) as Name[];
    const deployment = await deploy(database, 4, names.map((name) => FRONTS[name]));
    try {
      const apiKey = await createApiKey(database.admin, deployment.keyPepper, null);
      const job = { kind: 'single', connections: CONNECTIONS, apiKey, accountId: ACCOUNTS, warmUpMs: scale.warmUpMs, windowMs: scale.windowMs } as const;
      const contestants = Object.fromEntries(
        names.map((name, i) => [
          name,
          () => {
            const front = deployment.fronts[i];
            if (front === undefined) throw new Error('the balancer has fewer fronts than it was told');
            return httpRun(database, front, job);
          },
        ]),
      ) as Record<Name, () => Promise<Run>>;
      progress('rounds');
      const runs = await alternate(Math.min(scale.rounds, MOST_ROUNDS), contestants);
      const row = (name: Name, subject: string, goal: number | null): ReturnType<typeof compare> =>
        compare({
          id: `scale-out/${name}`,
          title: `${subject}, ${String(CONNECTIONS)} connections, ${String(ACCOUNTS.length)} accounts`,
          unit: 'requests/s',
          of: (run) => run.rate,
          subject: [subject, runs[name]],
          baseline: ['one instance', runs.one],
          goal: goal === null ? null : { kind: 'at-least', value: goal },
        });
      return [
        row('twoByAccount', '2 instances, by account', null),
        row('fourByAccount', '4 instances, by account', 0.6),
        row('twoInTurn', '2 instances, in turn', null),
        row('fourInTurn', '4 instances, in turn', null),
      ];
    } finally {
      await deployment.stop();
    }
  },
};
