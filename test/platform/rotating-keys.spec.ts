import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { loadOrCreateRotatingKeys, rotateKey } from '../../src/platform/rotating-keys.js';

let dataDir: string;

beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'credits-keys-'));
});
afterEach(() => {
  rmSync(dataDir, { recursive: true });
});

test('keys are made once, and only their user can read them', () => {
  const made = loadOrCreateRotatingKeys(dataDir);
  expect(loadOrCreateRotatingKeys(dataDir)).toEqual(made);
  expect(made.signing[0]).not.toBe(made.evidence[0]);
  expect(statSync(path.join(dataDir, 'rotating-keys.json')).mode & 0o777).toBe(0o600);
});

test('a rotation puts a new key in front, and touches no other', () => {
  const before = loadOrCreateRotatingKeys(dataDir);
  rotateKey(dataDir, 'signing', before.signing, false);
  const after = loadOrCreateRotatingKeys(dataDir);
  expect(after).toEqual({ ...before, signing: [after.signing[0], ...before.signing] });
  expect(after.signing[0]).not.toBe(before.signing[0]);
  rotateKey(dataDir, 'signing', after.signing, true);
  expect(loadOrCreateRotatingKeys(dataDir).signing).toHaveLength(1);
});

test('a damaged file is reported and never overwritten', () => {
  writeFileSync(path.join(dataDir, 'rotating-keys.json'), '{"signing":[]}');
  expect(() => loadOrCreateRotatingKeys(dataDir)).toThrow(/rotating-keys.json is damaged/);
});
