const INSTANT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:Z|[+-]\d{2}:\d{2})$/;
const DAY_MS = 86_400_000;

/** RFC 3339 as milliseconds since the epoch, cut to milliseconds; undefined for anything else, and before 1970. */
export function parseInstant(text: string): number | undefined {
  const date = INSTANT.exec(text)?.[1];
  if (date === undefined) return undefined;
  const instant = Date.parse(text);
  // The runtime takes 30 February for 2 March.
  const midnight = Date.parse(`${date}T00:00:00Z`);
  if (!(instant >= 0) || new Date(midnight).toISOString().slice(0, 10) !== date) return undefined;
  return Math.abs(instant - midnight) <= 2 * DAY_MS ? instant : undefined;
}
