import { readFileSync, statSync } from 'node:fs';
import path from 'node:path';
import { beforeAll, expect, test } from '@jest/globals';
import { projectFiles, ROOT } from './program.js';

const LONGEST_FILE = 350;
const DATA = /\.(csv|png|ico|woff2)$/;
const CODE = /\.(ts|tsx|js|mjs|cjs|css|sql)$/;

let files: string[];
const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');

beforeAll(async () => {
  files = (await projectFiles()).filter((file) => statSync(path.join(ROOT, file), { throwIfNoEntry: false })?.isFile() === true);
});

const filesWith = (pattern: RegExp, among: readonly string[]): string[] =>
  among.flatMap((file) => {
    const found = pattern.exec(read(file));
    return found === null ? [] : [`${file}: ${found[0]}`];
  });

const texts = (): string[] => files.filter((file) => !DATA.test(file) && !file.startsWith('test/style/'));

test('no source file is longer than a reader can hold in mind', () => {
  const lengths = files.filter((file) => CODE.test(file)).map((file) => ({ file, lines: read(file).split('\n').length - 1 }));
  expect(lengths.length).toBeGreaterThan(50);
  expect(lengths.filter(({ lines }) => lines > LONGEST_FILE)).toEqual([]);
});

test('no file names a path of the machine it was written on', () => {
  expect(filesWith(/(^|[^\w./-])\/(work|farm|home|root|Users)\/\w+/m, texts())).toEqual([]);
});

test('nothing names a package registry: whoever installs brings their own', () => {
  expect(filesWith(/registry\.npmjs\.org|"resolved": "http[^"]*|registry\s*=\s*http\S*/, texts())).toEqual([]);
});

test('nothing is left open, and no test is switched off', () => {
  expect(filesWith(/\b(TODO|FIXME|XXX|HACK)\b|\b(it|test|describe)\.(skip|only)\b/, texts().filter((file) => CODE.test(file)))).toEqual([]);
});

test('there are no barrels', () => {
  expect(files.filter((file) => /(^|\/)index\.ts$/.test(file))).toEqual([]);
});

test('every text ends with a line end and holds no carriage return', () => {
  expect(texts().filter((file) => read(file) !== '' && !read(file).endsWith('\n'))).toEqual([]);
  expect(filesWith(/\r/, texts())).toEqual([]);
});
