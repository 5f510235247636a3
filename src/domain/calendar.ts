import { Temporal } from 'temporal-polyfill';

/**
 * Calendar days in the licensee's zone (SPEC 3). Instants are milliseconds since the epoch; a day begins at the first
 * instant that the zone counts to it, also where clocks change or a zone skips a day.
 */
export function isTimeZone(zone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(zone);
    return true;
  } catch {
    return false;
  }
}

export function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  try {
    Temporal.PlainDate.from(text, { overflow: 'reject' });
    return true;
  } catch {
    return false;
  }
}

/** The first instant of a calendar day in a zone. */
export function startOfDay(date: string, zone: string): number {
  return Temporal.PlainDate.from(date).toZonedDateTime(zone).epochMilliseconds;
}

/** The first instant after a calendar day in a zone: "ends 31 December" includes that day. */
export function endOfDay(date: string, zone: string): number {
  return startOfDay(addDays(date, 1), zone);
}

export function addDays(date: string, days: number): string {
  return Temporal.PlainDate.from(date).add({ days }).toString();
}

export function laterDate(a: string, b: string): string {
  return a >= b ? a : b;
}

interface DayRange {
  readonly date: string;
  readonly from: number;
  readonly until: number;
}
// Only a memo of a pure function: consecutive debits nearly always fall on the same day of the same zone.
const lastDay = new Map<string, DayRange>();

/** The calendar day, as `YYYY-MM-DD`, on which an instant falls in a zone. */
export function localDate(instant: number, zone: string): string {
  const memo = lastDay.get(zone);
  if (memo !== undefined && instant >= memo.from && instant < memo.until) return memo.date;
  const date = Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).toPlainDate().toString();
  lastDay.set(zone, { date, from: startOfDay(date, zone), until: endOfDay(date, zone) });
  return date;
}

interface InstantText {
  readonly instant: number;
  readonly text: string;
}
// The same: what is booked together has one time of recording, beside the time at which each of it occurred.
let latest: InstantText = { instant: 0, text: '1970-01-01T00:00:00.000Z' };
let before = latest;

/** RFC 3339 in UTC with milliseconds. */
export function instantText(instant: number): string {
  if (instant !== latest.instant) {
    [latest, before] = [before, latest];
    if (instant !== latest.instant) latest = { instant, text: new Date(instant).toISOString() };
  }
  return latest.text;
}

/** The same time of day so many calendar months before an instant, or on the last day of that month where it is shorter. */
export function monthsBefore(instant: number, months: number, zone: string): number {
  return Temporal.Instant.fromEpochMilliseconds(instant).toZonedDateTimeISO(zone).subtract({ months }).epochMilliseconds;
}
