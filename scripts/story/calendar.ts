const DAY_MS = 86_400_000;

/** The calendar day in UTC, `YYYY-MM-DD`, some days after that of an instant. */
export function dayAfter(instant: number, days: number): string {
  return new Date(instant + days * DAY_MS).toISOString().slice(0, 10);
}

/** The first instant of a calendar day in UTC. */
export function startOfDay(date: string): number {
  return Date.parse(`${date}T00:00:00.000Z`);
}
