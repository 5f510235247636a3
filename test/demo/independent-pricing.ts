import { readFileSync } from 'node:fs';

/**
 * Prices the trace a second time, and shares nothing with the service: integers of 10^-9 credits, its own reading of the
 * file, its own rounding. What the demo reports is compared with this.
 */
const NANO = 1_000_000_000n;

interface Rates {
  readonly input: bigint;
  readonly output: bigint;
}

/** Credits (in 10^-9) for one token. */
const FIRST: Rates = { input: 150_000n, output: 600_000n };
const SECOND: Rates = { input: 200_000n, output: 800_000n };
const FIRST_LOT = 3_000n * NANO;

export interface TraceRow {
  readonly input: bigint;
  readonly output: bigint;
}

export interface Spanning {
  /** Counted from 0. */
  readonly row: number;
  readonly first: string;
  readonly second: string;
}

export interface Priced {
  readonly debits: number;
  readonly lots: readonly [string, string];
  readonly total: string;
  readonly spanning: readonly Spanning[];
}

export function readTrace(file: string): TraceRow[] {
  return readFileSync(file, 'utf8')
    .split('\r\n')
    .slice(1)
    .map((line) => {
      const [, input, output] = line.split(',');
      return { input: BigInt(input ?? ''), output: BigInt(output ?? '') };
    });
}

/** Every row in the order of the file: from the first lot while it lasts, then from the second. */
export function priceInFileOrder(rows: readonly TraceRow[]): Priced {
  let left = FIRST_LOT;
  let second = 0n;
  const spanning: Spanning[] = [];
  rows.forEach((row, index) => {
    const cost = costOf(row, FIRST);
    if (cost <= left) {
      left -= cost;
      return;
    }
    const rest = restAtSecondRates(row, left);
    if (left > 0n) spanning.push({ row: index, first: text(left), second: text(rest) });
    second += rest;
    left = 0n;
  });
  const first = FIRST_LOT - left;
  return { debits: rows.length, lots: [text(first), text(second)], total: text(first + second), spanning };
}

/** What the second lot has to pay of a row of which the first has paid `first` (a decimal text). */
export function secondPartOf(row: TraceRow, first: string): string {
  const [whole = '', fraction = ''] = first.split('.');
  return text(restAtSecondRates(row, BigInt(whole) * NANO + BigInt(fraction.padEnd(9, '0'))));
}

function costOf(row: TraceRow, rates: Rates): bigint {
  return row.input * rates.input + row.output * rates.output;
}

/** The usage that is not paid yet, a fraction of the row, at the second rates; rounded half-even. */
function restAtSecondRates(row: TraceRow, paidByFirst: bigint): bigint {
  const full = costOf(row, FIRST);
  const numerator = (full - paidByFirst) * costOf(row, SECOND);
  const floor = numerator / full;
  const twiceTheRest = 2n * (numerator % full);
  const up = twiceTheRest > full || (twiceTheRest === full && floor % 2n === 1n);
  return up ? floor + 1n : floor;
}

function text(nano: bigint): string {
  return `${String(nano / NANO)}.${String(nano % NANO).padStart(9, '0')}`;
}
