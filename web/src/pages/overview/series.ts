import type { components } from '../../../generated/api';

export type Burn = components['schemas']['Burn'];

export interface Series {
  readonly feature: string;
  /** 1 to 6: which colour. Beyond the sixth all share one. */
  readonly colour: number;
}

/** Features, most used first, as the service orders them: the same one has the same colour all over the page. */
export function seriesOf({ features }: Burn): Series[] {
  return features.map(({ feature }, i) => ({ feature, colour: Math.min(i + 1, 6) }));
}

/** Where the axis ends: the next of 1, 2, 5 times a power of ten above the tallest bar. Pixels, not figures. */
export function axisEnd(tallest: number): number {
  if (tallest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(tallest));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((end) => end >= tallest) ?? 10 * power;
}
