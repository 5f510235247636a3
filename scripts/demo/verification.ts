import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const VERIFY = fileURLToPath(new URL('../../src/cli/verify.js', import.meta.url));

/** With an operator's key of elsewhere and no database named, the embedded one would be another service's. */
export function databaseIsHere(env: NodeJS.ProcessEnv): boolean {
  return Boolean(env['DATABASE_URL'] || env['DATABASE_READER_URL'] || !env['CREDITS_OPERATOR_KEY']);
}

/** Runs the verifier as `npm run verify` does, on the database of this environment; its output goes to the terminal. */
export async function verify(env: NodeJS.ProcessEnv): Promise<boolean> {
  const child = spawn(process.execPath, ['--enable-source-maps', VERIFY], { env, stdio: ['ignore', 'inherit', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  return code === 0;
}
