import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadOrCreateSecrets } from '../../src/platform/data-dir-secrets.js';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'credits-secrets-'));
});

afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

test('secrets are made once, and only their user can read them', () => {
  const made = loadOrCreateSecrets(dataDir);
  expect(loadOrCreateSecrets(dataDir)).toEqual(made);
  expect(new Set(Object.values(made)).size).toBe(4);
  for (const file of ['secrets.json', 'sealing-key.json']) expect(statSync(path.join(dataDir, file)).mode & 0o777).toBe(0o600);
});

test('a damaged file is reported and never overwritten', () => {
  const file = path.join(dataDir, 'secrets.json');
  writeFileSync(file, '{"keyPepper":"half"}');
  expect(() => loadOrCreateSecrets(dataDir)).toThrow(/secrets.json is damaged/);
  expect(readFileSync(file, 'utf8')).toBe('{"keyPepper":"half"}');
});
