import { parseArgs } from 'node:util';

/** How long and how large a run is. The figures that count come from a full run; a quick one shows that all of it works. */
export interface Scale {
  readonly rounds: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
  /** Of each number of connections that the one-by-one baseline is tried at. */
  readonly trialMs: number;
  /** Entries in the account with a long history. */
  readonly longHistory: number;
  /** Accounts that have many lots each. */
  readonly accountsWithManyLots: number;
}

export interface Options {
  readonly quick: boolean;
  readonly scale: Scale;
  /** File that gets the figures as JSON. */
  readonly json: string | null;
  /** Only measures whose id contains this. */
  readonly only: string | null;
}

const FULL: Scale = {
  rounds: 7,
  warmUpMs: 700,
  windowMs: 2_500,
  trialMs: 1_500,
  longHistory: 1_000_000,
  accountsWithManyLots: 1_000,
};

const QUICK: Scale = {
  rounds: 5,
  warmUpMs: 300,
  windowMs: 700,
  trialMs: 500,
  longHistory: 100_000,
  accountsWithManyLots: 200,
};

/** Throws on an argument that it does not know. */
export function parseOptions(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      quick: { type: 'boolean', default: false },
      json: { type: 'string' },
      only: { type: 'string' },
    },
  });
  return { quick: values.quick, scale: values.quick ? QUICK : FULL, json: values.json ?? null, only: values.only ?? null };
}
