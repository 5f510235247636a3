import { addDays, endOfDay, startOfDay } from './calendar.js';
import type { Contract, OrderForm } from './contract.js';

/**
 * One Term of an account: an initial period and the extensions that were signed in time (SPEC 9). `from` is included,
 * `until` not; what is left lapses at `lapsesAt` unless an extension is signed before.
 */
export interface Term {
  readonly from: number;
  readonly until: number;
  readonly lapsesAt: number;
}

const terms = new WeakMap<Contract, readonly Term[]>();

/** The Terms of a contract, oldest first: an order form signed before the last one lapsed extends it, a later one begins anew. */
export function termsOf(contract: Contract): readonly Term[] {
  let known = terms.get(contract);
  if (known === undefined) {
    known = contract.orderForms.reduce<readonly Term[]>(withOrderForm, []);
    terms.set(contract, known);
  }
  return known;
}

function withOrderForm(before: readonly Term[], form: OrderForm): readonly Term[] {
  const from = startOfDay(form.termStart, form.timeZone);
  const until = endOfDay(form.termEnd, form.timeZone);
  const lapsesAt = endOfDay(addDays(form.termEnd, form.rolloverGraceDays), form.timeZone);
  const last = before.at(-1);
  if (last === undefined || signatureOf(form) >= last.lapsesAt) return [...before, { from, until, lapsesAt }];
  const extended = {
    from: Math.min(last.from, from),
    until: Math.max(last.until, until),
    lapsesAt: Math.max(last.lapsesAt, lapsesAt),
  };
  return [...before.slice(0, -1), extended];
}

/** When a form was signed: the day it bears, where it was recorded late. */
function signatureOf(form: OrderForm): number {
  return form.signedOn === null ? form.signedAt : Math.min(form.signedAt, startOfDay(form.signedOn, form.timeZone));
}

/** The Term that counts at an instant: the last one that has begun, or the first one to come. */
export function termAt(contract: Contract, instant: number): Term | null {
  const known = termsOf(contract);
  return known.findLast((term) => term.from <= instant) ?? known[0] ?? null;
}

/**
 * The last instant up to `now` at which credits lapsed with their Term: lots that were allocated before have lapsed, also where
 * a later Term has begun since. -Infinity: none has.
 */
export function lastLapseUpTo(contract: Contract, now: number): number {
  return termsOf(contract).findLast(({ lapsesAt }) => lapsesAt <= now)?.lapsesAt ?? -Infinity;
}

/** Whether the last Term is over for good, and none is to come: credits that are allocated now would lapse at once. */
export function hasLapsed(contract: Contract, instant: number): boolean {
  const last = termsOf(contract).at(-1);
  return last !== undefined && last.lapsesAt <= instant;
}

/** When the Term changes by itself after an instant: it begins, ends, or lapses. Null: never again. */
export function nextTermInstant(contract: Contract, after: number): number | null {
  const instants = termsOf(contract).flatMap(({ from, until, lapsesAt }) => [from, until, lapsesAt]);
  const later = instants.filter((instant) => instant > after);
  return later.length === 0 ? null : Math.min(...later);
}
