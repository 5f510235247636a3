import type { BenchDatabase } from './database.js';
import type { Scale } from './options.js';
import type { ResultRow } from './row.js';

export interface Bench {
  readonly database: BenchDatabase;
  readonly scale: Scale;
  /** Tells whoever waits what is going on. */
  readonly progress: (text: string) => void;
}

/** One thing that is measured, in a file of its own. */
export interface Measure {
  readonly id: string;
  run(bench: Bench): Promise<readonly ResultRow[]>;
}
