import { quartiles, type Quartiles } from './statistics.js';

/**
 * Runs contestants in turn, round after round, each round beginning with another one: what else the machine does, and how
 * full the disk's caches are, then falls on all of them alike. A round before the first is not counted: code that was never
 * run before gets compiled in it.
 */
export async function alternate<Names extends string, Result>(
  rounds: number,
  contestants: Readonly<Record<Names, () => Promise<Result>>>,
): Promise<Record<Names, Result[]>> {
  const names = Object.keys(contestants) as Names[];
  const results = Object.fromEntries(names.map((name) => [name, [] as Result[]])) as Record<Names, Result[]>;
  for (const name of names) await contestants[name]();
  for (let round = 0; round < rounds; round += 1) {
    for (let i = 0; i < names.length; i += 1) {
      const name = names[(round + i) % names.length] as Names;
      results[name].push(await contestants[name]());
    }
  }
  return results;
}

/** Round by round, not median by median: a round in which the machine was slow was slow for both. */
export function ratios(subject: readonly number[], baseline: readonly number[]): Quartiles {
  return quartiles(subject.map((value, round) => value / (baseline[round] ?? NaN)));
}
