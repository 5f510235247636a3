import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { BenchDatabase } from '../harness/database.js';
import { takeSnapshot, used, type Snapshot } from '../harness/resources.js';
import { toRun, type Run } from '../harness/run.js';
import type { LoadedService } from '../subjects/service.js';
import type { LoadJob, LoadMessage } from './job.js';

const GENERATOR = fileURLToPath(new URL('generator.js', import.meta.url));

/** One contestant's part of one round over HTTP: the load comes from another process, the CPU that is told is the service's. */
export async function httpRun(database: BenchDatabase, service: LoadedService, job: Omit<LoadJob, 'url'>): Promise<Run> {
  const { window, begun, ended } = await generateLoad({ ...job, url: service.url }, () => takeSnapshot(database.admin, service.pids));
  return toRun({ ...window, use: used(begun, ended) }, null);
}

type WindowEnded = Extract<LoadMessage, { type: 'window-ended' }>;

function generateLoad(
  job: LoadJob,
  snapshot: () => Promise<Snapshot>,
): Promise<{ window: WindowEnded; begun: Snapshot; ended: Snapshot }> {
  return new Promise((resolve, reject) => {
    const child = fork(GENERATOR, [JSON.stringify(job)], { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
    let begun: Promise<Snapshot> | null = null;
    let finished: Promise<{ window: WindowEnded; begun: Snapshot; ended: Snapshot }> | null = null;
    child.on('message', (message) => {
      const told = message as LoadMessage;
      if (told.type === 'window-begun') begun = snapshot();
      else if (begun !== null) finished = Promise.all([begun, snapshot()]).then(([first, last]) => ({ window: told, begun: first, ended: last }));
    });
    child.once('error', reject);
    child.once('exit', (code) => {
      if (code === 0 && finished !== null) finished.then(resolve, reject);
      else reject(new Error(`the load process ended with code ${String(code)}`));
    });
  });
}
