import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, expect, it } from '@jest/globals';
import { ROOT, runTool } from '../style/program.js';

const WEB = path.join(ROOT, 'dist/web');
const LIMIT = 260_000;

beforeAll(async () => {
  const { code, output } = await runTool('../dist/scripts/build-web.js');
  if (code !== 0) throw new Error(output);
});

const read = (name: string): string => readFileSync(path.join(WEB, name), 'utf8');
const sizeOf = (name: string): number => gzipSync(read(name)).length;

/** The scripts that the document names, and what these import before they run. */
function firstLoad(): Set<string> {
  const wanted = [...read('index.html').matchAll(/(?:src|href)="\/app\/(assets\/[^"]+\.js)"/g)].map(([, name]) => name ?? '');
  const loaded = new Set<string>();
  for (let name = wanted.pop(); name !== undefined; name = wanted.pop()) {
    if (loaded.has(name)) continue;
    loaded.add(name);
    for (const [, other] of read(name).matchAll(/(?:from|import)\s*"\.\/([^"]+\.js)"/g)) wanted.push(`assets/${other ?? ''}`);
  }
  return loaded;
}

it('loads less than 260 kB of scripts, gzipped, before the first page stands', () => {
  const scripts = [...firstLoad()];
  expect(scripts.length).toBeGreaterThan(0);
  const all = scripts.reduce((sum, name) => sum + sizeOf(name), 0);
  expect(all).toBeGreaterThan(50_000);
  expect(all).toBeLessThan(LIMIT);
});

it('loads other pages and other languages only when they are wanted', () => {
  const scripts = [...firstLoad()].map((name) => path.basename(name));
  const all = readdirSync(path.join(WEB, 'assets')).filter((name) => name.endsWith('.js'));
  for (const later of ['ledger-page', 'purchases-page', 'desk-page', 'he', 'de']) {
    const chunk = all.find((name) => name.startsWith(`${later}-`));
    expect([later, chunk === undefined, scripts.includes(chunk ?? '')]).toEqual([later, false, false]);
  }
});
