import { setTimeout as sleep } from 'node:timers/promises';
import type { CuttingProxy } from '../../test/support/cutting-proxy.js';
import type { SeededRandom } from '../../test/support/seeded-random.js';
import type { Instance } from '../support/instance.js';
import type { Theatre } from '../support/theatre.js';

export interface Deployed {
  instance: Instance;
  /** Between it and the database. */
  readonly proxy: CuttingProxy;
}

/** Starts an instance that takes the place of another. */
export type Deploy = (behind: CuttingProxy) => Promise<Instance>;

const CUTS = ['before-commit', 'with-commit', 'after-commit', 'silence-at-commit'] as const;

/** Does, one after another, what goes wrong in life; the seed decides what and to whom. */
export class Adversary {
  readonly done = new Map<string, number>();

  constructor(
    private readonly theatre: Theatre,
    private readonly deployed: Deployed[],
    private readonly deploy: Deploy,
    private readonly random: SeededRandom,
  ) {}

  /** Resolves once everything runs again. */
  async strike(): Promise<void> {
    const victim = this.random.pick(this.deployed);
    const faults: Readonly<Record<string, () => Promise<void>>> = {
      'kill -9 of an instance': async () => {
        await victim.instance.kill();
        await sleep(this.random.whole(0, 300));
        await victim.instance.run();
      },
      'kill -9 of PostgreSQL': async () => {
        this.theatre.postgres.kill();
        await sleep(this.random.whole(0, 300));
        await this.theatre.postgres.restart();
      },
      'backends terminated': () =>
        this.theatre.asOwner(async (client) => {
          await client.query(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'ledger-%' OR (application_name = 'credits-service' AND random() < 0.5)`);
        }),
      'all connections of an instance cut': () => {
        victim.proxy.cutAll();
        return Promise.resolve();
      },
      'a connection cut or hung at COMMIT': async () => {
        victim.proxy.cutAtCommit(this.random.pick(CUTS), this.random.whole(1, 20));
        await sleep(300);
      },
      'a network that goes silent': () => {
        victim.proxy.silenceAll();
        return Promise.resolve();
      },
      'an account locked by somebody else': () =>
        this.theatre.asOwner(async (client) => {
          await client.query('BEGIN');
          await client.query('SELECT FROM credits.account_state ORDER BY random() LIMIT 2 FOR UPDATE');
          await sleep(this.random.whole(100, 1_500));
          await client.query('ROLLBACK');
        }),
      'a deploy: a new instance comes while the old one drains': async () => {
        const old = victim.instance;
        victim.instance = await this.deploy(victim.proxy);
        await old.stop();
      },
    };
    const name = this.random.pick(Object.keys(faults));
    this.done.set(name, (this.done.get(name) ?? 0) + 1);
    await faults[name]?.();
  }
}
