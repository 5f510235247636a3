/** What is used on each day of the studio's story: the same figures at every first start. */
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

export const FEATURES = {
  captions: { meter: 'minutes', most: 120, phase: 0, hour: 9 },
  avatars: { meter: 'seconds', most: 240, phase: 2, hour: 13 },
  agents: { meter: 'tokens', most: 90_000, phase: 4, hour: 16 },
} as const;
type Feature = keyof typeof FEATURES;

/** Credits for one unit of each feature's meter. */
export const RATES = {
  first: { captions: '0.5', avatars: '0.2', agents: '0.0004' },
  second: { captions: '0.6', avatars: '0.2', agents: '0.00035' },
} as const satisfies Readonly<Record<string, Readonly<Record<Feature, string>>>>;

export interface UseOfDay {
  readonly day: number;
  readonly feature: Feature;
  readonly quantity: number;
}

/** A wave with quiet weekends. Both days are included; days on which nothing is admitted are left out. */
export function usageOfDays(from: number, through: number, closed: (day: number) => boolean): UseOfDay[] {
  const uses: UseOfDay[] = [];
  for (let day = from; day <= through; day += 1) {
    if (closed(day)) continue;
    for (const feature of Object.keys(FEATURES) as Feature[]) {
      const { most, phase } = FEATURES[feature];
      const weekend = day % 7 >= 5 ? 0.25 : 1;
      uses.push({ day, feature, quantity: Math.round(most * weekend * (0.7 + 0.3 * Math.sin((day + phase) / 3))) });
    }
  }
  return uses;
}

/** As a bulk of debits, each with its own key and the hour of its day; nothing before the instant at which the account began. */
export function batchOf(uses: readonly UseOfDay[], prefix: string, firstDay: number, notBefore: number): object[] {
  return uses.map(({ day, feature, quantity }) => {
    const { meter, hour } = FEATURES[feature];
    const occurredAt = new Date(Math.max(notBefore, firstDay + day * DAY_MS + hour * HOUR_MS)).toISOString();
    return { idempotencyKey: `${prefix}:use-${String(day)}-${feature}`, feature, usage: { [meter]: String(quantity) }, occurredAt };
  });
}
