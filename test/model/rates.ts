import { Decimal } from 'decimal.js';
import { rateVersionText, type RateVersionDocument } from '../../src/domain/rate-document.js';

/** Wide enough that nothing is rounded by accident. */
export const D = Decimal.clone({ precision: 200, rounding: Decimal.ROUND_HALF_EVEN, toExpNeg: -200, toExpPos: 200 });
/** What a share keeps (SPEC 3). */
const Forty = Decimal.clone({ precision: 40, rounding: Decimal.ROUND_HALF_EVEN });

export const zero = new D(0);
export const toNano = (value: Decimal): Decimal => value.toDecimalPlaces(9, Decimal.ROUND_HALF_EVEN);
export const ratio = (part: Decimal, whole: Decimal): Decimal => new D(Forty.div(part, whole));
export const minus = (left: Decimal, part: Decimal): Decimal => new D(Forty.sub(left, part));

interface Meter {
  readonly rate: string;
  readonly increment?: string;
  readonly minimum?: string;
}

export const CARD = 'standard';

/** Version by version: a new feature in the second, a new meter of an old feature in the third. */
export const VERSIONS: Readonly<Record<number, Readonly<Record<string, Readonly<Record<string, Meter>>>>>> = {
  1: { captions: { minutes: { rate: '3' } }, search: { queries: { rate: '0' } } },
  2: {
    captions: { minutes: { rate: '4.5', increment: '0.5', minimum: '1' } },
    images: { images: { rate: '0.333333333' } },
    search: { queries: { rate: '0' } },
  },
  3: {
    captions: { minutes: { rate: '0.7', increment: '0.25' }, words: { rate: '0.000000007', increment: '10' } },
    images: { images: { rate: '2' } },
    search: { queries: { rate: '0' } },
  },
};

export type Used = Readonly<Record<string, string>>;

/** What a usage costs under a version, or null where it does not know the feature. */
export function cost(version: number, feature: string, used: Used): Decimal | null {
  const meters = VERSIONS[version]?.[feature];
  if (meters === undefined) return null;
  let sum = zero;
  for (const [name, quantity] of Object.entries(used)) {
    const meter = meters[name];
    if (meter === undefined) continue;
    let billed = new D(quantity);
    if (meter.minimum !== undefined && billed.lt(meter.minimum)) billed = new D(meter.minimum);
    if (meter.increment !== undefined) billed = billed.div(meter.increment).ceil().mul(meter.increment);
    sum = sum.add(billed.mul(meter.rate));
  }
  return sum;
}

export function knows(version: number, feature: string, meter: string): boolean {
  return VERSIONS[version]?.[feature]?.[meter] !== undefined;
}

export function documentOf(version: number): string {
  const document: RateVersionDocument = {
    cardId: CARD,
    version: String(version),
    effectiveDate: '2020-01-01',
    features: Object.entries(VERSIONS[version] ?? {}).map(([feature, meters]) => ({
      feature,
      rates: Object.entries(meters).map(([meter, { rate, increment, minimum }]) => ({ meter, unit: meter, creditsPerUnit: rate, increment, minimum })),
    })),
  };
  return rateVersionText(document);
}

export function sumOf(a: Used, b: Used): Record<string, string> {
  const sums: Record<string, string> = { ...a };
  for (const [meter, quantity] of Object.entries(b)) sums[meter] = new D(sums[meter] ?? 0).add(quantity).toFixed();
  return sums;
}
