import { expect, test } from '@jest/globals';
import { derivedKey, open, seal } from '../../src/platform/sealing.js';

const key = Buffer.alloc(32, 9);

test('a sealed secret opens under its key, at its place, and shows nothing of itself', () => {
  const sealed = seal(key, 'account/endpoint/1', 'whsec_abc');
  expect(open([key], 'account/endpoint/1', sealed)).toBe('whsec_abc');
  expect(sealed.includes('whsec')).toBe(false);
  expect(seal(key, 'account/endpoint/1', 'whsec_abc').equals(sealed)).toBe(false);
});

test('it opens nowhere else, under no other key, and not with a bit changed', () => {
  const sealed = seal(key, 'account/endpoint/1', 'whsec_abc');
  expect(() => open([key], 'account/endpoint/2', sealed)).toThrow();
  expect(() => open([Buffer.alloc(32, 8)], 'account/endpoint/1', sealed)).toThrow();
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed.writeUInt8(changed.readUInt8(at) ^ 1, at);
    expect(() => open([key], 'account/endpoint/1', changed)).toThrow();
  }
});

test('it opens under a key before the one in use, for as long as that is kept', () => {
  const sealed = seal(key, 'account/endpoint/1', 'whsec_abc');
  expect(open([Buffer.alloc(32, 8), key], 'account/endpoint/1', sealed)).toBe('whsec_abc');
  expect(() => open([Buffer.alloc(32, 8), Buffer.alloc(32, 7)], 'account/endpoint/1', sealed)).toThrow();
  expect(() => open([], 'account/endpoint/1', sealed)).toThrow('there is no key');
});

test('keys of different purposes have nothing in common', () => {
  expect(derivedKey(key, 'a').equals(derivedKey(key, 'a'))).toBe(true);
  expect(derivedKey(key, 'a').equals(derivedKey(key, 'b'))).toBe(false);
});
