import { setTimeout as sleep } from 'node:timers/promises';
import type { CuttingProxy } from '../../test/support/cutting-proxy.js';
import type { SeededRandom } from '../../test/support/seeded-random.js';
import type { TestRedis } from '../../test/support/redis.js';
import type { Instance } from '../support/instance.js';
import type { Theatre } from '../support/theatre.js';

export interface Deployed {
  instance: Instance;
  /** Between it and the database. */
  readonly proxy: CuttingProxy;
  /** Whether its machine's clock is an hour ahead. */
  readonly isAhead: boolean;
}

/** Starts an instance that takes the place of another. */
export type Deploy = (place: Omit<Deployed, 'instance'>) => Promise<Instance>;

const CUTS = ['before-commit', 'with-commit', 'after-commit', 'silence-at-commit'] as const;

export interface AdversaryParts {
  readonly theatre: Theatre;
  readonly deployed: Deployed[];
  readonly deploy: Deploy;
  /** It takes no part in what clients ask for. */
  readonly worker: Instance;
  /** Where the queue is; null: in PostgreSQL, and what is done to that is done to it. */
  readonly redis: TestRedis | null;
  readonly random: SeededRandom;
}

/** What a fault takes away for a while: nothing else is done to it meanwhile. */
type Target = 'postgres' | 'queue' | 'worker' | 'instance';

interface Fault {
  readonly name: string;
  readonly target: Target;
  readonly strike: (victim: Deployed) => Promise<void>;
}

const STARTS = 20;

/** Does what goes wrong in life; the seed decides what and to whom. Several things may go wrong at once. */
export class Adversary {
  readonly done = new Map<string, number>();
  private readonly busy = new Set<Target | Deployed>();
  private readonly faults: readonly Fault[];

  constructor(private readonly parts: AdversaryParts) {
    this.faults = [...this.faultsOfPostgres(), ...this.faultsOfInstances(), ...this.faultsOfTheQueue()];
  }

  /** Resolves once what it struck runs again. */
  async strike(): Promise<void> {
    const { random, deployed } = this.parts;
    const victim = random.pick(deployed.filter((one) => !this.busy.has(one)));
    const { name, target, strike } = random.pick(this.faults.filter((fault) => !this.busy.has(fault.target)));
    const struck = target === 'instance' ? victim : target;
    this.busy.add(struck);
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    await strike(victim);
    this.busy.delete(struck);
  }

  private faultsOfPostgres(): Fault[] {
    const { theatre, random } = this.parts;
    const fault = (name: string, strike: () => Promise<void>): Fault => ({ name, target: 'postgres', strike });
    return [
      fault('kill -9 of PostgreSQL', async () => {
        theatre.postgres.kill();
        await sleep(random.whole(0, 300));
        await theatre.postgres.restart();
      }),
      fault('backends terminated', () =>
        theatre.asOwner(async (client) => {
          await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'ledger-%' OR (application_name = 'credits-service' AND random() < 0.5)`);
        }),
      ),
      fault('accounts locked by somebody else', () =>
        theatre.asOwner(async (client) => {
          await client.query('BEGIN');
          await client.query('SELECT FROM credits.account_state ORDER BY random() LIMIT 2 FOR UPDATE');
          await sleep(random.whole(100, 1_500));
          await client.query('ROLLBACK');
        }),
      ),
    ];
  }

  private faultsOfInstances(): Fault[] {
    const { deploy, worker, random } = this.parts;
    const fault = (name: string, strike: Fault['strike']): Fault => ({ name, target: 'instance', strike });
    const killed = async (instance: Instance): Promise<void> => {
      await instance.kill();
      await sleep(random.whole(0, 300));
      await untilItStarts(() => instance.run());
    };
    return [
      fault('kill -9 of an instance', ({ instance }) => killed(instance)),
      { name: 'kill -9 of the worker', target: 'worker', strike: () => killed(worker) },
      fault('a deploy: a new instance comes while the old one drains', async (victim) => {
        const old = victim.instance;
        victim.instance = await untilItStarts(() => deploy(victim));
        await old.stop();
      }),
      fault('all connections of an instance cut', ({ proxy }) => {
        proxy.cutAll();
        return Promise.resolve();
      }),
      fault('a connection cut or hung at COMMIT', async ({ proxy }) => {
        proxy.cutAtCommit(random.pick(CUTS), random.whole(1, 20));
        await sleep(300);
      }),
      fault('a network that goes silent', ({ proxy }) => {
        proxy.silenceAll();
        return Promise.resolve();
      }),
    ];
  }

  private faultsOfTheQueue(): Fault[] {
    const { redis, random } = this.parts;
    if (redis === null) return [];
    const fault = (name: string, strike: () => Promise<void>): Fault => ({ name, target: 'queue', strike });
    return [
      fault('the queue emptied', () => redis.flush()),
      fault('kill -9 of the queue', async () => {
        await redis.kill();
        await sleep(random.whole(0, 1_500));
        await redis.start();
      }),
      // To whoever writes there it is as a full disk: reading goes on, and whatever is added is refused.
      fault('the queue full', async () => {
        await redis.limit('1');
        await sleep(random.whole(100, 1_500));
        await redis.limit('0');
      }),
    ];
  }
}

/** As whoever runs services does: what does not come up, because something else is away just then, is started again. */
export async function untilItStarts<Result>(start: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await start();
    } catch (error) {
      if (attempt === STARTS) throw error;
      await sleep(300);
    }
  }
}
