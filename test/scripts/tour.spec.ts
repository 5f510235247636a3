import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, expect, jest, test } from '@jest/globals';
import { ROOT } from '../style/program.js';

jest.setTimeout(120_000);

let output: string;

beforeAll(async () => {
  const env = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  output = (await promisify(execFile)(process.execPath, ['--enable-source-maps', path.join(ROOT, 'dist/scripts/tour.js')], { env })).stdout;
}, 240_000);

test('the tour tells one account’s life to its end, and the verifier finds nothing wrong with it', () => {
  const chapters = [...output.matchAll(/^\d\. ([^:]+)/gm)].map(([, title]) => title);
  expect(chapters).toEqual(['An order form is signed', 'Buy and pay', 'Use', 'The rates change', 'Run short', 'Buy again', 'The Term ends', 'Renew']);
  expect(output).toMatch(/verified: \d+ entries in 3 accounts, 0 differences\n$/);
});

/** What differs from run to run: ids and days. */
function timeless(line: string): string {
  return line.replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'ID').replaceAll(/\d{4}-\d{2}-\d{2}/g, 'DAY').trim();
}

test('what the README shows of it is its output, line by line, with no line but those that are marked left out', () => {
  const readme = readFileSync(path.join(ROOT, 'README.md'), 'utf8');
  const [, shown = ''] = /npm run tour\n\n```\n([^`]+)```/.exec(readme) ?? [];
  const told = output.split('\n').map(timeless).filter((line) => line !== '');
  const passages = shown.split(/^ *\[\.\.\.\]\n/m).map((passage) => passage.split('\n').map(timeless).filter((line) => line !== ''));
  expect(passages.length).toBeGreaterThan(1);
  let from = 0;
  for (const passage of passages) {
    const at = told.findIndex((line, nth) => nth >= from && line === passage[0] && passage.every((each, i) => told[nth + i] === each));
    if (at < 0) throw new Error(`the tour says nothing like this any more:\n${passage.join('\n')}`);
    from = at + passage.length;
  }
});
