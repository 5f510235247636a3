import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, jest, test, xit } from '@jest/globals';
import { HAS_HLEDGER, hledger, hledgerBalances } from '../support/books.js';
import { command } from '../support/command.js';
import { type FreshDatabase, freshDatabase } from '../support/database.js';
import { SupervisedService } from '../support/supervised-service.js';
import { priceInFileOrder, readTrace, secondPartOf } from './independent-pricing.js';

jest.setTimeout(480_000);

// Where hledger is missing, what it judges is left out, and the last line of the run counts it as skipped.
const judged = HAS_HLEDGER ? test : xit;
if (!HAS_HLEDGER) process.stderr.write('\nhledger is NOT INSTALLED: the journal of the demo is not checked by it. Install it with: apt-get install hledger\n\n');

const ROOT = path.resolve(import.meta.dirname, '../..');
const rows = readTrace(path.join(ROOT, 'data/azure-llm-inference-2023-conv.csv'));
const expected = priceInFileOrder(rows);

/** The demo's own words, as a person reads them. */
interface Told {
  readonly debits: string | undefined;
  readonly replays: string | undefined;
  readonly lots: readonly string[];
  readonly total: string | undefined;
  readonly spanning: readonly { readonly row: number; readonly parts: readonly string[] }[];
}

interface Outcome extends Told {
  readonly code: number;
  readonly output: string;
}

class DemoRuns {
  private constructor(
    private readonly dataDir: string,
    private readonly database: FreshDatabase,
    private readonly service: SupervisedService,
  ) {}

  /** A service on an empty database, both of its own. */
  static async prepare(): Promise<DemoRuns> {
    const dataDir = mkdtempSync(path.join(tmpdir(), 'credits-demo-'));
    const database = await freshDatabase();
    const service = await SupervisedService.start(dataDir, { DATABASE_URL: database.ownerUrl, SANDBOX: 'true', LOG_LEVEL: 'warn' });
    await service.becomesReady();
    return new DemoRuns(dataDir, database, service);
  }

  async run(...args: readonly string[]): Promise<Outcome> {
    const demo = spawn(process.execPath, ['--enable-source-maps', path.join(ROOT, 'dist/scripts/demo.js'), '--url', this.service.url, ...args], {
      env: { PATH: process.env['PATH'], DATA_DIR: this.dataDir, DATABASE_URL: this.database.ownerUrl },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let output = '';
    for (const stream of [demo.stdout, demo.stderr]) {
      stream.on('data', (chunk: Buffer) => {
        output += chunk.toString();
      });
    }
    const [code] = (await once(demo, 'close')) as [number];
    return { code, output, ...readReport(output) };
  }

  /** What `npm run books` makes of the ledger. */
  async journal(): Promise<string> {
    const { code, output, errors } = await command('books', ['journal'], { DATABASE_URL: this.database.ownerUrl });
    expect([code, errors]).toEqual([0, '']);
    return output;
  }

  async dispose(): Promise<void> {
    this.service.signal('SIGTERM');
    await this.service.exit();
    await this.database.drop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }
}

function readReport(output: string): Told {
  return {
    debits: /^ +Debits +([\d,]+)/m.exec(output)?.[1],
    replays: /^ +Debits .* ([\d,]+) of them had been booked before/m.exec(output)?.[1],
    lots: [...output.matchAll(/^ +Credits of lot \d+ +([\d.]+)/gm)].map(([, credits]) => credits ?? ''),
    total: /^ +Credits in total +([\d.]+)/m.exec(output)?.[1],
    spanning: [...output.matchAll(/^ +Row ([\d,]+) spans lots: (.+)$/gm)].map(([, row = '', parts = '']) => ({
      row: Number(row.replaceAll(',', '')),
      parts: [...parts.matchAll(/([\d.]+) from lot/g)].map(([, credits]) => credits ?? ''),
    })),
  };
}

test('the independent program finds what is known of the trace', () => {
  expect(expected).toEqual({
    debits: 19_366,
    lots: ['3000.000000000', '3743.306000000'],
    total: '6743.306000000',
    spanning: [{ row: 9_380, first: '0.472350000', second: '0.217000000' }],
  });
});

describe('one sender, in the order of the file', () => {
  let demo: DemoRuns;
  beforeAll(async () => {
    demo = await DemoRuns.prepare();
  });
  afterAll(() => demo.dispose());

  const figures = {
    code: 0,
    debits: '19,366',
    lots: expected.lots,
    total: expected.total,
    spanning: expected.spanning.map(({ row, first, second }) => ({ row, parts: [first, second] })),
  };

  test('agrees with the independent program to the last digit, and with the verifier', async () => {
    const first = await demo.run();
    expect(first).toMatchObject({ ...figures, replays: undefined });
    expect(first.output).toMatch(/verified: \d+ entries in 3 accounts, 0 differences/);
  });

  test('run a second time it books nothing, and tells the same figures', async () => {
    const second = await demo.run();
    expect(second).toMatchObject({ ...figures, replays: '19,366' });
    expect(second.output).toMatch(/, 0 differences/);
  });

  judged('leaves a ledger whose journal hledger accepts, with the lots as hledger counts them, until one credit in it is another', async () => {
    const journal = await demo.journal();
    expect(await hledger(journal, 'check', '-s')).toEqual({ code: 0, output: '', errors: '' });
    const consumed = await hledgerBalances(journal, 'credits:consumed:');
    expect([...consumed.values()].filter((credits) => expected.lots.includes(credits)).sort()).toEqual([...expected.lots].sort());
    const [spanning] = expected.spanning;
    const part = `  ${spanning?.first ?? ''} AIC`;
    expect(journal.split(part).length).toBeGreaterThan(1);
    const changed = journal.replace(part, part.replace(/\d AIC$/, (end) => (end.startsWith('9') ? '8 AIC' : '9 AIC')));
    expect(changed).not.toBe(journal);
    expect((await hledger(changed, 'check', '-s')).code).toBe(1);
  });
});

describe('eight senders that lose answers and send again', () => {
  let demo: DemoRuns;
  beforeAll(async () => {
    demo = await DemoRuns.prepare();
  });
  afterAll(() => demo.dispose());

  test('book the same totals, and each request once: only which one spans both lots is open', async () => {
    const told = await demo.run('--senders', '8', '--retries', '--bulk', '50');
    expect(told).toMatchObject({ code: 0, debits: '19,366', lots: expected.lots, total: expected.total });
    expect(Number(/Sent again +([\d,]+)/.exec(told.output)?.[1]?.replaceAll(',', ''))).toBeGreaterThan(20);
    expect(told.spanning.length).toBeLessThanOrEqual(1);
    for (const { row, parts } of told.spanning) {
      const [first = '', second] = parts;
      expect(second).toBe(secondPartOf(rows[row] ?? { input: 0n, output: 0n }, first));
    }
    expect(told.output).toMatch(/, 0 differences/);
  });
});
