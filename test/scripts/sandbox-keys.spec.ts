import { mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { readSandboxKeys, removeSandboxKeys, SANDBOX_KEYS_FILE, writeSandboxKeys } from '../../scripts/first-start/sandbox-keys.js';

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'credits-keys-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true, force: true });
});

test('keys are kept readable by their user only, and nothing else is left lying about', () => {
  const keys = { operator: 'kac_one', backend: 'kac_two', told: true };
  writeSandboxKeys(dataDir, { operator: 'kac_one', told: false });
  writeSandboxKeys(dataDir, keys);
  expect(readSandboxKeys(dataDir)).toEqual(keys);
  expect(readdirSync(dataDir)).toEqual([SANDBOX_KEYS_FILE]);
  expect(statSync(path.join(dataDir, SANDBOX_KEYS_FILE)).mode & 0o777).toBe(0o600);
});

test('no file, no keys', () => {
  expect(readSandboxKeys(dataDir)).toBeUndefined();
  writeSandboxKeys(dataDir, { operator: 'kac_one', told: false });
  removeSandboxKeys(dataDir);
  removeSandboxKeys(dataDir);
  expect(readSandboxKeys(dataDir)).toBeUndefined();
});

test('a damaged file is named, not overwritten', () => {
  writeFileSync(path.join(dataDir, SANDBOX_KEYS_FILE), '{"operator":"nonsense"}');
  expect(() => readSandboxKeys(dataDir)).toThrow(/sandbox-keys\.json is damaged/);
});
