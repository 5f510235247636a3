import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const keysFile = z.strictObject({
  /** The service's operator: makes licensees, accounts, cards and further keys. */
  operator: z.string().startsWith('kac_'),
  /** The demo account's backend and admin, and finance; absent until they are made. */
  backend: z.string().startsWith('kac_').optional(),
  admin: z.string().startsWith('kac_').optional(),
  finance: z.string().startsWith('kac_').optional(),
  /** Admin of the account that has something on every page. */
  studio: z.string().startsWith('kac_').optional(),
  /** Whether the first-start story has been told to its end. */
  told: z.boolean(),
});

export type SandboxKeys = z.infer<typeof keysFile>;

export const SANDBOX_KEYS_FILE = 'sandbox-keys.json';

/**
 * The database has only digests of keys, so a secret is shown once. A sandbox is for trying out: it keeps the few that it
 * was made with beside its data, readable by its user only, and shows them at every start.
 */
export function readSandboxKeys(dataDir: string): SandboxKeys | undefined {
  const file = path.join(dataDir, SANDBOX_KEYS_FILE);
  if (!existsSync(file)) return undefined;
  const parsed = keysFile.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file} is damaged: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** Whole or not at all, also where the process is killed meanwhile. */
export function writeSandboxKeys(dataDir: string, keys: SandboxKeys): void {
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const file = path.join(dataDir, SANDBOX_KEYS_FILE);
  const draft = `${file}.${String(process.pid)}`;
  writeFileSync(draft, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flush: true });
  renameSync(draft, file);
}

export function removeSandboxKeys(dataDir: string): void {
  rmSync(path.join(dataDir, SANDBOX_KEYS_FILE), { force: true });
}
