import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const hexKey = z.string().regex(/^[0-9a-f]{64}$/);
const secretsFile = z.strictObject({ postgresPassword: z.string().min(32), keyPepper: hexKey, pseudonymKey: hexKey });
/** A file of its own, because there are deployments that have the other one already. */
const sealingFile = z.strictObject({ sealingKey: hexKey });

type DataDirSecrets = z.infer<typeof secretsFile> & z.infer<typeof sealingFile>;

/**
 * The secrets of a deployment that brought none: made once, then kept beside its data, readable by its user only.
 * Losing the files means losing the database's password, every API key and every webhook's secret, so they are never overwritten.
 */
export function loadOrCreateSecrets(dataDir: string): DataDirSecrets {
  // Others may pass through, as PostgreSQL does under another user id, but not list.
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const secrets = loadOrCreate(path.join(dataDir, 'secrets.json'), secretsFile, () => ({
    postgresPassword: randomBytes(32).toString('base64url'),
    keyPepper: randomBytes(32).toString('hex'),
    pseudonymKey: randomBytes(32).toString('hex'),
  }));
  return { ...secrets, ...loadOrCreate(path.join(dataDir, 'sealing-key.json'), sealingFile, () => ({ sealingKey: randomBytes(32).toString('hex') })) };
}

function loadOrCreate<Content>(file: string, schema: z.ZodType<Content>, make: () => Content): Content {
  if (!existsSync(file)) createAtomically(file, make());
  const parsed = schema.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file} is damaged: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** A link fails where the file exists already: of two processes that start at once, both then read the first one's. */
function createAtomically(file: string, secrets: unknown): void {
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
