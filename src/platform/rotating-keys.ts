import { randomBytes } from 'node:crypto';
import { existsSync, linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { z } from 'zod';

const key = z.string().regex(/^[0-9a-f]{64}$/);
const keysFile = z.strictObject({
  /** The one that is used first, those before it behind it. */
  signing: z.array(key).min(1),
  evidence: z.array(key).min(1),
  /** These two are empty until their first rotation: then the one among the secrets is used. */
  pseudonym: z.array(key),
  sealing: z.array(key).default([]),
});

export type RotatingKeys = z.infer<typeof keysFile>;
export const ROTATING_KEYS = ['signing', 'evidence', 'pseudonym', 'sealing'] as const;
export type RotatingKey = (typeof ROTATING_KEYS)[number];

const KEYS_FILE = 'rotating-keys.json';

/** Keys that may change in the life of a deployment that brought none: kept beside its data, readable by its user only. */
export function loadOrCreateRotatingKeys(dataDir: string): RotatingKeys {
  mkdirSync(dataDir, { recursive: true, mode: 0o711 });
  const file = path.join(dataDir, KEYS_FILE);
  if (!existsSync(file)) createAtomically(file);
  const parsed = keysFile.safeParse(JSON.parse(readFileSync(file, 'utf8')));
  if (!parsed.success) throw new Error(`${file} is damaged: ${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

/** A new key steps in front of those before it; `forget`: and those are dropped, where nothing needs them any more. */
export function rotateKey(dataDir: string, which: RotatingKey, before: readonly string[], forget: boolean): void {
  const keys = loadOrCreateRotatingKeys(dataDir);
  const file = path.join(dataDir, KEYS_FILE);
  const kept = forget ? [] : [...before];
  const draft = write(file, { ...keys, [which]: [randomBytes(32).toString('hex'), ...kept] });
  renameSync(draft, file);
}

/** Drops the keys before the one in use, which nothing is sealed with any more. */
export function keepNewest(dataDir: string, which: readonly RotatingKey[]): void {
  const keys = loadOrCreateRotatingKeys(dataDir);
  const kept = Object.fromEntries(which.map((one) => [one, keys[one].slice(0, 1)]));
  const file = path.join(dataDir, KEYS_FILE);
  renameSync(write(file, { ...keys, ...kept }), file);
}

/** A link fails where the file exists already: of two processes that start at once, both then read the first one's. */
function createAtomically(file: string): void {
  const draft = write(file, { signing: [randomBytes(32).toString('hex')], evidence: [randomBytes(32).toString('hex')], pseudonym: [], sealing: [] });
  try {
    linkSync(draft, file);
  } catch (error) {
    if (!existsSync(file)) throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

function write(file: string, keys: RotatingKeys): string {
  const draft = `${file}.${String(process.pid)}`;
  writeFileSync(draft, `${JSON.stringify(keys, null, 2)}\n`, { mode: 0o600, flush: true });
  return draft;
}
