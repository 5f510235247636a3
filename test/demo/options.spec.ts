import { expect, test } from '@jest/globals';
import { parseOptions } from '../../scripts/demo/options.js';

test('without options: one sender in the order of the file, bulks of 100', () => {
  expect(parseOptions([])).toEqual({ senders: 1, bulk: 100, retries: false, url: undefined, help: false });
});

test('all options', () => {
  expect(parseOptions(['--senders', '8', '--bulk=1', '--retries', '--url', 'http://127.0.0.1:3000/'])).toEqual({
    senders: 8,
    bulk: 1,
    retries: true,
    url: 'http://127.0.0.1:3000',
    help: false,
  });
});

test.each([
  [['--senders', '0'], '--senders is a whole number from 1 to 64'],
  [['--senders', '1e1'], '--senders is a whole number'],
  [['--bulk', '1001'], '--bulk is a whole number from 1 to 1000'],
  [['--url', 'localhost:3000'], '--url is the address of a service'],
  [['--fast'], 'Unknown option'],
])('%j is refused', (args, message) => {
  expect(() => parseOptions(args)).toThrow(message);
});
