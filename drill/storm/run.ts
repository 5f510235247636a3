import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { CuttingProxy } from '../../test/support/cutting-proxy.js';
import { REDIS_IS_THERE, startRedis } from '../../test/support/redis.js';
import { SeededRandom } from '../../test/support/seeded-random.js';
import { Instance } from '../support/instance.js';
import { Theatre } from '../support/theatre.js';
import { Adversary, untilItStarts, type Deploy, type Deployed } from './adversary.js';
import { Business, TERM_DAYS } from './business.js';
import { Client, type Stage } from './client.js';
import { inspect } from './inspect.js';
import { Listener } from './listener.js';
import { Register } from './record.js';
import { Sender } from './sender.js';
import { setTheStage } from './stage.js';

export interface StormOptions {
  readonly seed: number;
  readonly instances: number;
  readonly clients: number;
  readonly accounts: number;
  readonly commands: number;
  readonly faults: number;
  /** The most debits of one bulk. */
  readonly bulk: number;
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
  /** Messages that arrived at webhooks. */
  readonly messages: number;
  readonly seconds: number;
  readonly findings: readonly string[];
}

const SKEW = fileURLToPath(new URL('../support/an-hour-ahead.js', import.meta.url));
/** A worker of the queue whose clock is ahead of the queue's runs hot: the clock that is wrong here is a door's. */
const WITHOUT_WORKERS = { ROLE: 'api' };
const WORKER = { ROLE: 'worker' };
const INSPECTED_AT_ONCE = 8;
const TOLD_EVERY_MS = 10_000;
const FAULTS_AT_ONCE = 2;

/** Many clients, several instances, and an adversary; afterwards every answer and every invariant is looked at. */
export async function storm(options: StormOptions): Promise<StormReport> {
  const begun = performance.now();
  const theatre = await Theatre.open();
  const proxies: CuttingProxy[] = [];
  const deployed: Deployed[] = [];
  const record = new Register();
  const listener = await Listener.start();
  const redis = REDIS_IS_THERE ? await startRedis() : null;
  let worker: Instance | null = null;
  if (redis === null) options.tell('  NO redis-server HERE: the queue is in PostgreSQL, and what befalls a Redis is left out');
  try {
    const env = { SANDBOX: 'true', LANES: lanesOf(options), WEBHOOK_ALLOWED_HOSTS: new URL(listener.url).host, ...(redis === null ? {} : { REDIS_URL: redis.url }) };
    const watched = (instance: Instance): Instance => {
      instance.onUnexpectedEnd = (how) => {
        record.find(how);
        // As whoever runs services does.
        void untilItStarts(() => instance.run());
      };
      return instance;
    };
    const start: Deploy = async ({ proxy, isAhead }) => {
      const more = { ...env, ...(isAhead && WITHOUT_WORKERS) };
      return watched(await Instance.start(randomUUID().slice(0, 8), proxy.url, theatre.secrets, more, isAhead ? ['--import', SKEW] : [], options.main));
    };
    for (let i = 0; i < options.instances; i += 1) {
      const proxy = await CuttingProxy.start(theatre.postgres.writerUrl);
      proxies.push(proxy);
      const place = { proxy, isAhead: i === 1 };
      deployed.push({ ...place, instance: await start(place) });
    }
    worker = watched(await Instance.start('worker', theatre.postgres.writerUrl, theatre.secrets, { ...env, ...WORKER }, [], options.main));
    const url = deployed[0]?.instance.url ?? '';
    const stages = await setTheStage(theatre, { url, accounts: options.accounts + quietOf(options.accounts), webhookUrl: listener.url, termDays: TERM_DAYS });
    options.tell(`  the stage is set after ${String(secondsSince(begun))} s`);
    const adversary = new Adversary({ theatre, deployed, deploy: start, worker, redis, random: new SeededRandom(options.seed) });
    const played = await new Performance(options, theatre, deployed, record, stages, adversary).play();
    options.tell(`  ${String(played.commands)} commands are answered after ${String(secondsSince(begun))} s: now every answer is looked up`);
    await theatre.asOwner((database) => record.compare(database));
    for (const missing of await listener.missing(theatre)) record.find(missing);
    const { differences, entries } = await verifyLedger({ readerUrl: theatre.postgres.readerUrl });
    for (const difference of differences) record.find(`verifier: ${JSON.stringify(difference)}`);
    return {
      ...played,
      acknowledged: record.acknowledgedCount,
      refused: record.refusedCount,
      entries,
      messages: listener.count,
      seconds: secondsSince(begun),
      findings: record.findings,
    };
  } finally {
    await Promise.all([...deployed.map(({ instance }) => instance.kill()), worker?.kill()]);
    await Promise.all([...proxies.map((proxy) => proxy.close()), redis?.stop(), listener.close()]);
    theatre.close();
    record.dispose();
  }
}

/** The storm itself: everybody at once, until all commands were sent and all faults have struck. */
class Performance {
  private commands = 0;
  private inspections = 0;
  private going = true;
  private struck = 0;
  /** What all clients go by. */
  private readonly pace = { bulk: 0, hurry: false };

  constructor(
    private readonly options: StormOptions,
    private readonly theatre: Theatre,
    private readonly deployed: readonly Deployed[],
    private readonly record: Register,
    private readonly stages: readonly Stage[],
    private readonly adversary: Adversary,
  ) {}

  async play(): Promise<Pick<StormReport, 'commands' | 'again' | 'faults' | 'inspections'>> {
    const { seed, clients } = this.options;
    const sender = new Sender(() => this.deployed.map(({ instance }) => instance.url), this.record);
    const business = new Business(this.theatre.operator, this.stages, sender, new SeededRandom(seed + 7));
    this.pace.bulk = this.options.bulk;
    const { accounts } = this.options;
    const [busy, quiet] = [this.stages.slice(0, accounts), this.stages.slice(accounts)];
    await Promise.all([
      this.attack(),
      this.inspect(new SeededRandom(seed + 13)),
      this.tellNowAndThen(),
      business.run(() => (this.going ? this.commands / this.options.commands : null)),
      ...Array.from({ length: clients }, (_, index) => this.client(new Client(`c${String(index)}`, busy, quiet, sender, this.record, new SeededRandom(seed * 1_000 + index), this.pace))),
    ]);
    await sender.close();
    return { commands: this.commands, again: sender.again, faults: Object.fromEntries(this.adversary.done), inspections: this.inspections };
  }

  private get isOver(): boolean {
    const { commands, faults, stopAtFirst } = this.options;
    return (this.commands >= commands && this.struck >= faults) || (stopAtFirst === true && this.record.findings.length > 0);
  }

  private async client(client: Client): Promise<void> {
    while (this.going) {
      const done = await client.act();
      this.commands += done;
      if (this.isOver) this.going = false;
    }
  }

  /** Several at a time where there are enough instances, so that one that is down does not keep the next fault waiting. */
  private async attack(): Promise<void> {
    const { instances } = this.options;
    let begun = 0;
    const adversary = async (): Promise<void> => {
      while (begun < this.options.faults) {
        const fault = begun;
        begun += 1;
        await this.untilDue(fault);
        if (!this.going) return;
        await this.adversary.strike();
        this.struck += 1;
      }
    };
    await Promise.all(Array.from({ length: instances > 2 ? FAULTS_AT_ONCE : 1 }, adversary));
    this.pace.hurry = true;
  }

  /** Faults are spread over the commands, so that each falls into load. */
  private async untilDue(fault: number): Promise<void> {
    const { commands, faults } = this.options;
    const due = (commands * fault) / faults;
    if (this.commands >= due) return;
    this.pace.hurry = true;
    while (this.going && this.commands < due) await sleep(5);
    this.pace.hurry = false;
  }

  private async inspect(random: SeededRandom): Promise<void> {
    while (this.going) {
      const some = Array.from({ length: INSPECTED_AT_ONCE }, () => random.pick(this.stages).accountId);
      await this.theatre
        .asOwner(async (database) => {
          for (const finding of await inspect(database, some)) this.record.find(`in the midst of it, ${finding}`);
          this.inspections += 1;
        })
        // While the database is away there is nothing to see.
        .catch(() => undefined);
      await sleep(500);
    }
  }

  private async tellNowAndThen(): Promise<void> {
    const begun = performance.now();
    for (let told = begun; this.going; ) {
      await sleep(100);
      if (performance.now() - told < TOLD_EVERY_MS) continue;
      told = performance.now();
      this.options.tell(
        `  ${String(secondsSince(begun))} s: ${String(this.commands)} commands, ${String(this.struck)} faults, ${String(this.inspections)} inspections, ` +
          `${String(Math.round(process.memoryUsage.rss() / 1e6))} MB, ${String(this.record.findings.length)} findings`,
      );
    }
  }
}

/** Few instances have many, so that an account is often alone in its lane: a batch of one shows what a larger one mends by itself. */
function lanesOf({ instances }: StormOptions): string {
  return instances > 2 ? '2' : '8';
}

/** Accounts beside the others. */
function quietOf(accounts: number): number {
  return Math.max(2, Math.floor(accounts / 20));
}

function secondsSince(begun: number): number {
  return Math.round((performance.now() - begun) / 1_000);
}
