import { execFile } from 'node:child_process';
import { appendFileSync, cpSync, mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { z } from 'zod';
import { ROOT } from '../style/program.js';

/**
 * P6: "Kaltura will not automatically purchase [...] additional Credits on Licensee’s behalf". From what runs by itself (a
 * worker, a schedule, a rule, the test clock) no import leads to what places a purchase, directly or by way of others; the
 * layers forbid it, and here it is tried.
 */
jest.setTimeout(120_000);

const RULE = 'nothing-is-bought-by-itself';
const report = z.object({ summary: z.object({ violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })) }) });

let copy: string;

beforeAll(() => {
  copy = mkdtempSync(path.join(tmpdir(), 'credits-layers-'));
});
afterAll(() => {
  rmSync(copy, { recursive: true, force: true });
});

/** Imports, in a copy of the sources, that the rule forbids. */
async function bought(smuggle: (source: string) => void): Promise<string[]> {
  rmSync(copy, { recursive: true, force: true });
  for (const part of ['src', 'dependency-cruiser.config.js', 'tsconfig.json', 'package.json']) cpSync(path.join(ROOT, part), path.join(copy, part), { recursive: true });
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(copy, 'node_modules'));
  smuggle(path.join(copy, 'src'));
  const tool = path.join(ROOT, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs');
  const run = promisify(execFile)(process.execPath, [tool, '--config', 'dependency-cruiser.config.js', '--output-type', 'json', 'src'], {
    cwd: copy,
    env: { ...process.env, NODE_OPTIONS: '' },
    maxBuffer: 256 * 1024 * 1024,
  });
  // With findings its exit code is not 0; they are in its output all the same.
  const { stdout } = await run.catch((error: unknown) => z.object({ stdout: z.string() }).parse(error));
  const { violations } = report.parse(JSON.parse(stdout)).summary;
  return violations.filter(({ rule }) => rule.name === RULE).map(({ from, to }) => `${from} -> ${to}`);
}

function importInto(file: string, ...modules: string[]): void {
  appendFileSync(file, modules.map((module) => `import '${module}';\n`).join(''));
}

describe('P6: no code path leads from what runs by itself to a placed purchase', () => {
  it('and none is there', async () => {
    expect(await bought(() => undefined)).toEqual([]);
  });

  it('which would be found: from a worker, on a detour over a new file, and from rules, due work and the clock to every way of placing one', async () => {
    const ways = ['place-purchase', 'resolve-proposal', 'sign-order-form'];
    const starts = ['prepare-proposals', 'run-due-work', 'advance-business-clock'];
    const found = await bought((source) => {
      writeFileSync(path.join(source, 'operations/replenish-at-once.ts'), "import './place-purchase.js';\n");
      importInto(path.join(source, 'workers/schedules.ts'), '../operations/replenish-at-once.js');
      for (const start of starts) importInto(path.join(source, `operations/${start}.ts`), ...ways.map((way) => `./${way}.js`));
    });
    const direct = starts.flatMap((start) => ways.map((way) => `src/operations/${start}.ts -> src/operations/${way}.ts`));
    expect(found).toEqual(expect.arrayContaining(['src/workers/schedules.ts -> src/operations/place-purchase.ts', ...direct]));
  });

  it('and nobody else asks the ledger itself for one', () => {
    const sources = readdirSync(path.join(ROOT, 'src'), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.ts'));
    const asking = sources.filter((file) => /type: '(place-purchase|sign-order-form)'/.test(readFileSync(path.join(ROOT, 'src', file), 'utf8')));
    // Besides the types of the commands: the two acts of an admin, and the signature.
    expect(asking.sort()).toEqual(['domain/buying-commands.ts', 'domain/command.ts', 'operations/place-purchase.ts', 'operations/resolve-proposal.ts', 'operations/sign-order-form.ts']);
  });
});
