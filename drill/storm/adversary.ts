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

/** Does, one after another, what goes wrong in life; the seed decides what and to whom. */
export class Adversary {
  readonly done = new Map<string, number>();

  constructor(private readonly parts: AdversaryParts) {}

  /** Resolves once everything runs again. */
  async strike(): Promise<void> {
    const { theatre, deployed, deploy, worker, redis, random } = this.parts;
    const victim = random.pick(deployed);
    const faults: Readonly<Record<string, () => Promise<void>>> = {
      'kill -9 of an instance': async () => {
        await victim.instance.kill();
        await sleep(random.whole(0, 300));
        await victim.instance.run();
      },
      'kill -9 of PostgreSQL': async () => {
        theatre.postgres.kill();
        await sleep(random.whole(0, 300));
        await theatre.postgres.restart();
      },
      'backends terminated': () =>
        theatre.asOwner(async (client) => {
          await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'ledger-%' OR (application_name = 'credits-service' AND random() < 0.5)`);
        }),
      'all connections of an instance cut': () => {
        victim.proxy.cutAll();
        return Promise.resolve();
      },
      'a connection cut or hung at COMMIT': async () => {
        victim.proxy.cutAtCommit(random.pick(CUTS), random.whole(1, 20));
        await sleep(300);
      },
      'a network that goes silent': () => {
        victim.proxy.silenceAll();
        return Promise.resolve();
      },
      'an account locked by somebody else': () =>
        theatre.asOwner(async (client) => {
          await client.query('BEGIN');
          await client.query('SELECT FROM credits.account_state ORDER BY random() LIMIT 2 FOR UPDATE');
          await sleep(random.whole(100, 1_500));
          await client.query('ROLLBACK');
        }),
      'a deploy: a new instance comes while the old one drains': async () => {
        const old = victim.instance;
        victim.instance = await deploy(victim);
        await old.stop();
      },
      'kill -9 of the worker': async () => {
        await worker.kill();
        await sleep(random.whole(0, 300));
        await worker.run();
      },
      ...(redis === null ? {} : this.faultsOf(redis)),
    };
    const name = random.pick(Object.keys(faults));
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    await faults[name]?.();
  }

  private faultsOf(redis: TestRedis): Readonly<Record<string, () => Promise<void>>> {
    return {
      'the queue emptied': () => redis.flush(),
      'kill -9 of the queue': async () => {
        await redis.kill();
        await sleep(this.parts.random.whole(0, 1_500));
        await redis.start();
      },
      // To whoever writes there it is as a full disk: reading goes on, and whatever is added is refused.
      'the queue full': async () => {
        await redis.limit('1');
        await sleep(this.parts.random.whole(100, 1_500));
        await redis.limit('0');
      },
    };
  }
}
