import { fork } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchDatabase } from '../harness/database.js';
import type { BalancerJob, BalancerMessage, Front } from '../load/balancer.js';
import { startService, type LoadedService } from './service.js';

const BALANCER = fileURLToPath(new URL('../load/balancer.js', import.meta.url));

export interface Deployment {
  readonly keyPepper: string;
  /** By front: where its load goes, and whose CPU counts. */
  readonly fronts: readonly LoadedService[];
  stop(): Promise<void>;
}

/** So many instances on one database, and a balancer before them with several ways in. */
export async function deploy(database: BenchDatabase, instances: number, fronts: readonly Front[]): Promise<Deployment> {
  const keyPepper = randomBytes(32).toString('hex');
  const services = await Promise.all(Array.from({ length: instances }, () => startService(database, keyPepper)));
  const stopServices = async (): Promise<void> => {
    await Promise.all(services.map((service) => service.stop()));
  };
  const job: BalancerJob = { urls: services.map(({ url }) => url), fronts };
  const balancer = fork(BALANCER, [JSON.stringify(job)], { execArgv: [], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const ended = once(balancer, 'exit');
  const failed = ended.then(([code]: unknown[]) => {
    throw new Error(`the balancer ended with code ${String(code)}`);
  });
  failed.catch(() => undefined);
  try {
    const [{ urls }] = (await Promise.race([once(balancer, 'message'), failed])) as [BalancerMessage];
    return {
      keyPepper,
      fronts: urls.map((url, i) => ({ url, pids: services.slice(0, fronts[i]?.instances).flatMap(({ pids }) => pids) })),
      stop: async () => {
        balancer.kill('SIGTERM');
        await ended;
        await stopServices();
      },
    };
  } catch (error) {
    await stopServices();
    throw error;
  }
}
