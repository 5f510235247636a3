import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const secretsFile = z.strictObject({
  postgresPassword: z.string().min(32),
  keyPepper: z.string().regex(/^[0-9a-f]{64}$/),
  pseudonymKey: z.string().regex(/^[0-9a-f]{64}$/),
});

type DataDirSecrets = z.infer<typeof secretsFile>;

const SECRETS_FILE = 'secrets.json';

/**
 * The secrets of a deployment that brought none: made once, then kept beside its data, readable by its user only.
 * Losing the file means losing the database's password and every API key, so it is never overwritten.
 */
export function loadOrCreateSecrets(dataDir: string): DataDirSecrets {
  // Others may pass through, as PostgreSQL does under another user id, but not list.
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const file = path.join(dataDir, SECRETS_FILE);
  if (!existsSync(file)) createAtomically(file);
  const parsed = secretsFile.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file} is damaged: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** A link fails where the file exists already: of two processes that start at once, both then read the first one's. */
function createAtomically(file: string): void {
  const secrets: DataDirSecrets = {
    postgresPassword: randomBytes(32).toString('base64url'),
    keyPepper: randomBytes(32).toString('hex'),
    pseudonymKey: randomBytes(32).toString('hex'),
  };
  const draft = `${file}.${String(process.pid)}`;
  writeFileSync(draft, `${JSON.stringify(secrets, null, 2)}\n`, { mode: 0o600, flush: true });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}
