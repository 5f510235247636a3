import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ApiClient } from '../../scripts/story/api-client.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { CuttingProxy } from '../../test/support/cutting-proxy.js';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { Customers } from '../support/customers.js';
import { Instance } from '../support/instance.js';
import { Theatre } from '../support/theatre.js';
import { Adversary, type Deployed } from './adversary.js';
import { Client, type Stage } from './client.js';
import { Register, inspect } from './record.js';
import { Sender } from './sender.js';

export interface StormOptions {
  readonly seed: number;
  readonly instances: number;
  readonly clients: number;
  readonly accounts: number;
  readonly commands: number;
  readonly faults: number;
  /** The service's main module; another one for code that was broken on purpose. */
  readonly main?: string | undefined;
  /** One finding is enough. */
  readonly stopAtFirst?: boolean;
  readonly tell: (line: string) => void;
}

export interface StormReport {
  readonly commands: number;
  readonly acknowledged: number;
  readonly refused: number;
  readonly again: number;
  readonly faults: Readonly<Record<string, number>>;
  readonly inspections: number;
  readonly entries: number;
  readonly seconds: number;
  readonly findings: readonly string[];
}

const SKEW = fileURLToPath(new URL('../support/an-hour-ahead.js', import.meta.url));
/** A worker of the queue whose clock is ahead of the queue's runs hot: the clock that is wrong here is a door's. */
const WITHOUT_WORKERS = { ROLE: 'api' };
const ADVANCES = 4;

/** Many clients, several instances, and an adversary; afterwards every answer and every invariant is looked at. */
export async function storm(options: StormOptions): Promise<StormReport> {
  const begun = performance.now();
  const theatre = await Theatre.open();
  const proxies: CuttingProxy[] = [];
  const deployed: Deployed[] = [];
  const record = new Register();
  try {
    const start = (proxy: CuttingProxy, skewed: boolean): Promise<Instance> =>
      Instance.start(randomUUID().slice(0, 8), proxy.url, theatre.secrets, { SANDBOX: 'true', LANES: '2', ...(skewed && WITHOUT_WORKERS) }, skewed ? ['--import', SKEW] : [], options.main);
    for (let i = 0; i < options.instances; i += 1) {
      const proxy = await CuttingProxy.start(theatre.postgres.writerUrl);
      proxies.push(proxy);
      deployed.push({ proxy, instance: await start(proxy, i === 1) });
    }
    const stages = await setTheStage(theatre, deployed[0]?.instance.url ?? '', options.accounts);
    const played = await play({ options, theatre, deployed, record, stages, deploy: (proxy) => start(proxy, false) });
    await theatre.asOwner((database) => record.compare(database));
    const { differences, entries } = await verifyLedger({ readerUrl: theatre.postgres.readerUrl });
    for (const difference of differences) record.find(`verifier: ${JSON.stringify(difference)}`);
    return {
      ...played,
      acknowledged: record.acknowledgedCount,
      refused: record.refusedCount,
      entries,
      seconds: Math.round((performance.now() - begun) / 1_000),
      findings: record.findings,
    };
  } finally {
    await Promise.all(deployed.map(({ instance }) => instance.kill()));
    await Promise.all(proxies.map((proxy) => proxy.close()));
    theatre.close();
  }
}

interface Scene {
  readonly options: StormOptions;
  readonly theatre: Theatre;
  readonly deployed: Deployed[];
  readonly record: Register;
  readonly stages: readonly Stage[];
  readonly deploy: (proxy: CuttingProxy) => Promise<Instance>;
}

async function play({ options, theatre, deployed, record, stages, deploy }: Scene): Promise<Pick<StormReport, 'commands' | 'again' | 'faults' | 'inspections'>> {
  const { seed, clients, commands, faults, tell } = options;
  const sender = new Sender(() => deployed.map(({ instance }) => instance.url), record);
  const adversary = new Adversary(theatre, deployed, deploy, new SeededRandom(seed));
  const progress = { commands: 0, going: true, inspections: 0 };
  const client = async (index: number): Promise<void> => {
    const one = new Client(`c${String(index)}`, stages, sender, record, new SeededRandom(seed * 1_000 + index));
    while (progress.going) {
      const done = await one.act();
      progress.commands += done;
      if (progress.commands >= commands || (options.stopAtFirst === true && record.findings.length > 0)) progress.going = false;
    }
  };
  const attacks = async (): Promise<void> => {
    for (let fault = 0; fault < faults && !(options.stopAtFirst === true && record.findings.length > 0); fault += 1) {
      // Spread over the commands, so that each falls into load; what is left when they are done comes at the end.
      while (progress.going && progress.commands < (commands * fault) / faults) await sleep(5);
      await adversary.strike();
      tell(`  ${String(progress.commands)} commands, ${String(fault + 1)} faults, ${String(record.findings.length)} findings`);
    }
  };
  const inspections = async (): Promise<void> => {
    while (progress.going) {
      await theatre
        .asOwner(async (database) => {
          for (const finding of await inspect(database)) record.find(`in the midst of it, ${finding}`);
          progress.inspections += 1;
        })
        // While the database is away there is nothing to see.
        .catch(() => undefined);
      await sleep(500);
    }
  };
  const clock = async (): Promise<void> => {
    const random = new SeededRandom(seed + 7);
    for (let advance = 1; advance <= ADVANCES; advance += 1) {
      while (progress.going && progress.commands < (commands * advance) / (ADVANCES + 1)) await sleep(20);
      if (progress.commands < (commands * advance) / (ADVANCES + 1)) return;
      // Holds expire on the way, and a Term ends.
      const secret = theatre.operator;
      await sender.send({ path: '/v1/clock/advance', secret, key: `advance-${String(advance)}`, body: { byDays: '1' } }, random);
    }
  };
  await Promise.all([attacks(), inspections(), clock(), ...Array.from({ length: clients }, (_, index) => client(index))]);
  await sender.close();
  return { commands: progress.commands, again: sender.again, faults: Object.fromEntries(adversary.done), inspections: progress.inspections };
}

/** Accounts with several lots and little in them, so that actions span lots, run out and are bought for again; one whose Term ends in the midst. */
async function setTheStage(theatre: Theatre, url: string, accounts: number): Promise<Stage[]> {
  const client = new ApiClient(url, undefined, 4);
  const customers = await Customers.open(client, theatre.operator);
  await customers.card('card', { captions: { minutes: '1' } });
  const day = (days: number): Promise<string> =>
    theatre.asOwner(async (database) => {
      const { rows } = await database.query<{ day: string }>(`SELECT to_char((now() AT TIME ZONE 'UTC')::date + $1::int, 'YYYY-MM-DD') AS day`, [days]);
      return rows[0]?.day ?? '';
    });
  const stages: Stage[] = [];
  for (let i = 0; i < accounts; i += 1) {
    const accountId = `acc-${String(i)}`;
    const ends = i === accounts - 1 ? { termEnd: await day(2) } : {};
    await customers.account(accountId, 'card', ['captions'], ends);
    const [admin, backend] = [await customers.key(['account:admin'], accountId), await customers.key(['usage:write'], accountId)];
    for (const credits of ['40', '25', '300']) await customers.buy(accountId, admin.secret, credits);
    stages.push({ accountId, admin: admin.secret, backend: backend.secret, operator: theatre.operator, finance: customers.finance });
  }
  await client.close();
  return stages;
}
