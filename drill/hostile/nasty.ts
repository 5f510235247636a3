import type { SeededRandom } from '../../test/support/seeded-random.js';

/** Texts that have broken other services: SQL, paths, templates, directions of writing, ends of lines, lengths. */
const NASTY_TEXTS: readonly string[] = [
  "' OR '1'='1", "'; DROP TABLE entry; --", '1; SELECT pg_sleep(9)', "x' UNION SELECT secret_hmac FROM api_key --", '$1', '$$;$$', '%', '_', '\\', '"', '`', "E'\\\\'",
  '../../../../etc/passwd', '..%2f..%2f', '%00', '/', '//', '.', '..', '~', '{{7*7}}', '${7*7}', '<script>alert(1)</script>', '=cmd|calc', '@SUM(1)', '+1', '-1',
  '\r\nx-injected: 1', '\n', '\t', '\u0000', '\u0007', '\u202e', '\ufeff', '\u00a0', '\u2028', 'ｉｄ', '１２', '٣', '🦄'.repeat(20), 'e\u0301', 'İ', 'ß', '\ud800', '\udfff',
  '', ' ', '0', '-0', '00', '01', '0.1', '1e3', '1E400', '1e-400', 'NaN', 'Infinity', '-Infinity', '0x10', '0b1', '1_000', '1,5', '9'.repeat(29), '9'.repeat(30), `0.${'1'.repeat(9)}`, `0.${'1'.repeat(10)}`,
  '9223372036854775807', '9223372036854775808', '9007199254740993', '2147483648', '4294967296', '999999999999999999999999', 'null', 'undefined', 'true', 'false', '[]', '{}', '[object Object]',
  '__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'sys:', 'sys:1', 'kac_', 'operator', 'credits_owner', '2026-02-30', '0000-00-00', '9999-12-31', '275760-09-13', '-271821-04-20',
  '2026-01-01T00:00:00Z', '2026-01-01T00:00:60Z', '2026-01-01T24:00:00Z', '9999-12-31T23:59:59.999Z', '0001-01-01T00:00:00Z', '1970-01-01T00:00:00+99:99', 'Europe/Berlin', 'Etc/GMT+99', 'ZZZ', 'EUR', 'eur', 'a'.repeat(64), 'a'.repeat(65), 'a'.repeat(300),
];
const NASTY_OTHERS: readonly unknown[] = [null, true, false, 0, -1, 1, 0.1, 1e308, -1e308, 5e-324, 9007199254740992, 2 ** 31, [], {}, [[]], [null], { a: {} }, ['a', 'a']];
const NASTY_NAMES = ['__proto__', 'constructor', 'prototype', 'toString', '$where', 'id', '', ' ', 'a.b', '/~0', 'accountId', 'scopes', 'admin', 'keyId', 'seq', '\u0000', 'x'.repeat(1_000)];

export function nastyText(random: SeededRandom): string {
  return random.whole(0, 40) === 0 ? random.pick(['9', 'a', '\u0301', "'"]).repeat(random.pick([5_000, 70_000])) : random.pick(NASTY_TEXTS);
}

export function nastyValue(random: SeededRandom): unknown {
  // A copy: the next wound may go into it.
  return random.whole(0, 2) === 0 ? structuredClone(random.pick(NASTY_OTHERS)) : nastyText(random);
}

export function nastyName(random: SeededRandom): string {
  return random.pick(NASTY_NAMES);
}

/** Bodies that are no JSON of any schema. */
export function nastyBytes(random: SeededRandom, valid: string): string | Buffer {
  const deep = random.pick([500, 20_000]);
  return random.pick<() => string | Buffer>([
    () => valid.slice(0, random.whole(0, valid.length)),
    () => `${valid}${valid}`,
    () => `\ufeff${valid}`,
    () => '['.repeat(deep) + ']'.repeat(deep),
    () => '{"a":'.repeat(deep) + '1' + '}'.repeat(deep),
    () => `{"a":${'['.repeat(deep)}`,
    () => Buffer.concat([Buffer.from(valid), Buffer.from([0xff, 0xc0, 0x80])]),
    () => Buffer.from([0x1f, 0x8b, 0x08, 0x00, 0x00, 0x00]),
    () => JSON.stringify('x'.repeat(200_000)),
    () => `{"a":${'9'.repeat(50_000)}}`,
    () => '',
    () => 'null',
    () => '[]',
    () => '0',
    () => `[${valid}]`,
    () => valid.replace('{', '{"__proto__":{"scopes":["operator"],"accountId":"x"},'),
    () => valid.replace('{', '{"constructor":{"prototype":{"polluted":true}},'),
    () => twice(valid),
    () => valid.replaceAll('"', "'"),
    () => `/* */${valid}`,
    () => valid.replace(/:"([^"]*)"/, ':NaN'),
    () => valid.replace(/:"([^"]*)"/, ':"\\ud800"'),
    () => valid.replace(/:"([^"]*)"/, ':1e999'),
  ])();
}

/** The first member once more, with another value: of two, which counts? */
function twice(valid: string): string {
  const first = /^\{("[^"]*"):/.exec(valid)?.[1];
  return first === undefined ? valid : `${valid.slice(0, -1)},${first}:"0"}`;
}
