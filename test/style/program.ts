import { spawn } from 'node:child_process';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../..');

interface Outcome {
  readonly code: number | null;
  readonly output: string;
}

/** Runs a tool out of node_modules as a developer would, in the project's folder. */
export function runTool(script: string, ...args: readonly string[]): Promise<Outcome> {
  return run(process.execPath, path.join('node_modules', script), ...args);
}

function run(program: string, ...args: readonly string[]): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd: ROOT, env: { ...process.env, NODE_OPTIONS: '', FORCE_COLOR: '0' }, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    const collect = (chunk: Buffer): void => {
      output += chunk.toString();
    };
    child.stdout.on('data', collect);
    child.stderr.on('data', collect);
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output });
    });
  });
}

/** The files of the project: those that git knows, and new ones that it does not ignore. */
export async function projectFiles(): Promise<string[]> {
  const { output } = await run('git', 'ls-files', '--cached', '--others', '--exclude-standard', '--deduplicate');
  return output.split('\n').filter((file) => file !== '');
}
