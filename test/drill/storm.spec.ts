import { spawn } from 'node:child_process';
import path from 'node:path';
import { expect, it } from '@jest/globals';
import { ROOT } from '../style/program.js';

const SEED = process.env['DRILL_SEED'] ?? '5';

/** The drill as a developer runs it, from the build, on processes of its own. */
function drill(...args: readonly string[]): Promise<{ readonly code: number | null; readonly output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--enable-source-maps', path.join(ROOT, 'dist/drill/run.js'), ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => { resolve({ code, output }); });
  });
}

it(`a storm of clients and faults breaks no invariant and loses no answer (seed ${SEED}; SPEC 16)`, async () => {
  const { code, output } = await drill('--only', 'storm', '--seed', SEED, '--instances', '2', '--clients', '24', '--accounts', '6', '--commands', '2500', '--faults', '8', '--bulk', '60');
  if (code !== 0) throw new Error(output);
  const line = /^storm: .*$/m.exec(output)?.[0] ?? '';
  process.stdout.write(`${line}\n`);
  expect(line).toMatch(/ 8 faults, .* 0 findings$/);
}, 900_000);
