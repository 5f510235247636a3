import { spawn } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';

const ROOT = path.resolve(import.meta.dirname, '../..');

export interface Ended {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** One of the commands that operators have, from the build, as a process of its own with no other environment than this. */
export function command(name: 'books' | 'reconcile' | 'reseal', args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return run(process.execPath, ['--enable-source-maps', path.join(ROOT, `dist/src/cli/${name}.js`), ...args], env);
}

/** The same as it is typed. */
export function npmRun(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  return run('npm', ['run', '-s', ...args], { HOME: process.env['HOME'] ?? '/', ...env });
}

async function run(file: string, args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const child = spawn(file, args, { cwd: ROOT, env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => (output += text));
  child.stderr.setEncoding('utf8').on('data', (text: string) => (errors += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, output, errors };
}
