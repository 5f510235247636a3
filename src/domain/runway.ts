import { addDays } from './calendar.js';
import { ZERO, type Amount } from './credits.js';

/** What an account consumed on one calendar day; below zero where more was given back. */
export interface DayOfUse {
  readonly day: string;
  readonly credits: Amount;
}

export interface Pace {
  /** Over so many whole days before today. */
  readonly days: number;
  /** Mean credits a day, more than zero. */
  readonly perDay: Amount;
}

/** How long the balance lasts at the paces of late. */
export interface Runway {
  readonly paces: readonly Pace[];
  /** Whole days at the fastest and at the slowest of the paces. */
  readonly leastDays: number;
  readonly mostDays: number;
}

export const WINDOWS = [7, 28] as const;
/** Beyond a hundred years it makes no difference. */
const MOST_DAYS = 36_500;

/**
 * The runway as a range: the balance divided by the mean daily use of the last 7 and of the last 28 whole days, or of as many as
 * there are since the first use. Today counts only where there is no earlier day of use. Null: nothing was used, so there is no end.
 */
export function runwayOf(balance: Amount, today: string, use: readonly DayOfUse[]): Runway | null {
  const before = use.filter(({ day, credits }) => day < today && !credits.isZero());
  const paces = before.length === 0 ? paceOfToday(today, use) : WINDOWS.flatMap((days) => paceOf(days, today, before));
  const distinct = paces.filter((pace, i) => paces.findIndex(({ days }) => days === pace.days) === i);
  if (distinct.length === 0) return null;
  const lasting = distinct.map(({ perDay }) => balance.div(perDay).floor()).map((days) => (days.gt(MOST_DAYS) ? MOST_DAYS : days.toNumber()));
  return { paces: distinct, leastDays: Math.min(...lasting), mostDays: Math.max(...lasting) };
}

function paceOf(window: number, today: string, use: readonly DayOfUse[]): Pace[] {
  const first = use.reduce((least, { day }) => (day < least ? day : least), today);
  let days = 0;
  while (days < window && addDays(today, -days) > first) days += 1;
  const from = addDays(today, -days);
  const credits = use.filter(({ day }) => day >= from).reduce((sum, other) => sum.add(other.credits), ZERO);
  return credits.gt(ZERO) ? [{ days, perDay: credits.div(days) }] : [];
}

function paceOfToday(today: string, use: readonly DayOfUse[]): Pace[] {
  const credits = use.filter(({ day }) => day === today).reduce((sum, other) => sum.add(other.credits), ZERO);
  return credits.gt(ZERO) ? [{ days: 1, perDay: credits }] : [];
}
