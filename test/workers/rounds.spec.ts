import { describe, expect, it } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { Rounds } from '../../src/workers/rounds.js';

const SOON_MS = 5;

describe('work that a worker does every so often', () => {
  it('begins at once, goes on after a failed round, and tells of it', async () => {
    let rounds = 0;
    const failures: unknown[] = [];
    const fourth = new Promise<void>((resolve) => {
      const work = new Rounds({
        everyMs: SOON_MS,
        round: () => {
          rounds += 1;
          if (rounds === 2) return Promise.reject(new Error('the second'));
          if (rounds === 4) resolve(work.stop());
          return Promise.resolve();
        },
        onFailure: (error) => failures.push(error),
      });
      work.start();
    });
    await fourth;
    expect(rounds).toBe(4);
    expect(failures).toEqual([new Error('the second')]);
    await sleep(10 * SOON_MS);
    expect(rounds).toBe(4);
  });

  it('is told to end in the middle of a round, and waits for that round only', async () => {
    let finish = (): void => undefined;
    let begun = 0;
    const work: Rounds = new Rounds({
      everyMs: SOON_MS,
      round: () => {
        begun += 1;
        return new Promise<void>((resolve) => {
          finish = resolve;
        });
      },
      onFailure: () => undefined,
    });
    work.start();
    let stopped = false;
    const stop = work.stop().then(() => {
      stopped = true;
    });
    expect(work.ending).toBe(true);
    await sleep(SOON_MS);
    expect(stopped).toBe(false);
    finish();
    await stop;
    expect(begun).toBe(1);
  });
});
