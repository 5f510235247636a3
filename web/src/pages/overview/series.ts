import type { components } from '../../../generated/api';

export type Burn = components['schemas']['Burn'];

export interface Series {
  readonly feature: string;
  /** 1 to 6: which colour. Beyond the sixth all share one. */
  readonly colour: number;
}

/**
 * The features of a burn in an order that was kept from before, then those that are new, most used first. A feature keeps its
 * place and its colour while the page is open, whatever is used meanwhile.
 */
export function orderOf({ features }: Burn, kept: readonly string[]): readonly string[] {
  const added = features.map(({ feature }) => feature).filter((feature) => !kept.includes(feature));
  return added.length === 0 ? kept : [...kept, ...added];
}

export function seriesOf({ features }: Burn, order: readonly string[]): Series[] {
  const used = new Set(features.map(({ feature }) => feature));
  return order.flatMap((feature, i) => (used.has(feature) ? [{ feature, colour: Math.min(i + 1, 6) }] : []));
}

/** Where the axis ends: the next of 1, 2, 5 times a power of ten above the tallest bar. Pixels, not figures. */
export function axisEnd(tallest: number): number {
  if (tallest <= 0) return 1;
  const power = 10 ** Math.floor(Math.log10(tallest));
  return [1, 2, 2.5, 5, 10].map((step) => step * power).find((end) => end >= tallest) ?? 10 * power;
}
