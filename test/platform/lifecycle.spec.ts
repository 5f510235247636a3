import { expect, test } from '@jest/globals';
import { Lifecycle } from '../../src/platform/lifecycle.js';
import { createLogger } from '../../src/platform/logging.js';

const lifecycle = (timeoutMs = 1_000): Lifecycle => new Lifecycle(createLogger('silent'), timeoutMs);

test('what was begun last is finished first, and each step waits for the one before', async () => {
  const order: string[] = [];
  const life = lifecycle();
  for (const name of ['database', 'ledger', 'http']) {
    life.onDrain(name, async () => {
      order.push(`${name} begins`);
      await new Promise((resolve) => setTimeout(resolve, 5));
      order.push(`${name} done`);
    });
  }
  expect(life.draining).toBe(false);
  const drained = life.drain();
  expect(life.draining).toBe(true);
  expect(await drained).toBe(true);
  expect(order).toEqual(['http begins', 'http done', 'ledger begins', 'ledger done', 'database begins', 'database done']);
});

test('a step that fails does not keep the others from finishing, but the end is not clean', async () => {
  let closed = false;
  const life = lifecycle();
  life.onDrain('database', () => {
    closed = true;
    return Promise.resolve();
  });
  life.onDrain('http', () => Promise.reject(new Error('no')));
  expect(await life.drain()).toBe(false);
  expect(closed).toBe(true);
});

test('a step that never ends does not hold the process for ever', async () => {
  const life = lifecycle(20);
  life.onDrain('stuck', () => new Promise(() => undefined));
  expect(await life.drain()).toBe(false);
});

test('draining twice is draining once', async () => {
  let times = 0;
  const life = lifecycle();
  life.onDrain('count', () => {
    times += 1;
    return Promise.resolve();
  });
  await Promise.all([life.drain(), life.drain()]);
  expect(times).toBe(1);
});
