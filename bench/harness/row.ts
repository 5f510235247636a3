import type { Run } from './run.js';
import { ratios } from './rounds.js';
import { quartiles, type Quartiles } from './statistics.js';

export interface Goal {
  /** `at-least` where more is better, `at-most` where less is. */
  readonly kind: 'at-least' | 'at-most';
  readonly value: number;
}

export interface Side {
  readonly name: string;
  readonly value: Quartiles;
  /** Medians over the rounds of what one operation costs; null where it is not known. */
  readonly cost: Cost | null;
}

export interface Cost {
  readonly p50: number;
  readonly p99: number;
  readonly nodeCpu: number | null;
  readonly postgresCpu: number | null;
  readonly walBytes: number;
  readonly rowsRead: number | null;
  readonly batch: number | null;
}

/** One line of the result: a subject, what it is measured against in the same run, and what was hoped for. */
export interface ResultRow {
  readonly id: string;
  readonly title: string;
  readonly unit: 'debits/s' | 'requests/s' | 'rows/s' | 'ms' | 'MB' | '%';
  readonly subject: Side;
  readonly baseline: Side | null;
  /** Subject by baseline, round by round; the subject's own value where there is no baseline. */
  readonly ratio: Quartiles;
  readonly goal: Goal | null;
  readonly reached: boolean | null;
}

export interface Comparison {
  readonly id: string;
  readonly title: string;
  readonly unit: ResultRow['unit'];
  readonly of: (run: Run) => number;
  readonly subject: readonly [name: string, runs: readonly Run[]];
  readonly baseline: readonly [name: string, runs: readonly Run[]];
  readonly goal: Goal | null;
}

export function compare({ id, title, unit, of, subject, baseline, goal }: Comparison): ResultRow {
  const ratio = ratios(subject[1].map(of), baseline[1].map(of));
  return {
    id,
    title,
    unit,
    subject: sideOf(subject, of),
    baseline: sideOf(baseline, of),
    ratio,
    goal,
    reached: goal === null ? null : isReached(ratio.median, goal),
  };
}

export function isReached(value: number, { kind, value: goal }: Goal): boolean {
  return kind === 'at-least' ? value >= goal : value <= goal;
}

function sideOf([name, runs]: readonly [string, readonly Run[]], of: (run: Run) => number): Side {
  const median = (values: readonly number[]): number => quartiles(values).median;
  const medianOfKnown = (values: readonly (number | null)[]): number | null => {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : median(known);
  };
  return {
    name,
    value: quartiles(runs.map(of)),
    cost: {
      p50: median(runs.map((run) => run.p50)),
      p99: median(runs.map((run) => run.p99)),
      nodeCpu: medianOfKnown(runs.map((run) => run.nodeCpu)),
      postgresCpu: medianOfKnown(runs.map((run) => run.postgresCpu)),
      walBytes: median(runs.map((run) => run.walBytes)),
      rowsRead: medianOfKnown(runs.map((run) => run.rowsRead)),
      batch: medianOfKnown(runs.map((run) => run.batch)),
    },
  };
}
