import { Exact, amount, formatShare, parseAmount, type Amount } from './credits.js';
import { refusal, type Refusal } from './errors.js';
import type { MeterQuantity } from './rate.js';

/** The usage of one action: its meters in alphabetical order, each once. */
export type Usage = readonly MeterQuantity[];

/** Names of features, meters, cards: they travel in addresses and chains, so they are kept plain. */
export const NAME_PATTERN = /^[A-Za-z][A-Za-z0-9._-]{0,63}$/;
const MAX_METERS = 20;

/** Reads `{meter: quantity}`. Each quantity is a decimal string >= 0 with at most 9 fractional digits. */
export function parseUsage(raw: Readonly<Record<string, unknown>>, pointer: string): Usage | Refusal {
  const meters = Object.keys(raw);
  if (meters.length === 0 || meters.length > MAX_METERS) {
    return refusal('invalid-usage', `Usage names 1 to ${MAX_METERS} meters.`, { pointer });
  }
  if (meters.length > 1) meters.sort();
  const usage: MeterQuantity[] = [];
  for (const meter of meters) {
    if (!NAME_PATTERN.test(meter)) {
      return refusal('invalid-usage', 'A meter is a name of at most 64 letters, digits, ".", "_" or "-".', { pointer });
    }
    const given = raw[meter];
    const quantity = parseAmount(typeof given === 'string' ? given : '', `${pointer}/${meter}`);
    if ('code' in quantity) return quantity;
    usage.push({ meter, quantity });
  }
  return usage;
}

/** Usage as the service itself wrote it down: meters in order. */
export function usageFrom(quantities: Readonly<Record<string, string>>): Usage {
  return Object.entries(quantities).map(([meter, quantity]) => ({ meter, quantity: amount(quantity) }));
}

/** Usage as text, canonical: meters in order, quantities as the shortest plain decimal. */
export function usageText(usage: Usage): string {
  let text = '{';
  for (let i = 0; i < usage.length; i += 1) {
    const { meter, quantity } = usage[i] as MeterQuantity;
    text += `${i === 0 ? '' : ','}"${meter}":"${quantity.toFixed()}"`;
  }
  return text + '}';
}

/** The usage that a share of the action amounts to, per meter, cut (never raised) to 9 fractional digits. */
export function shareOfUsage(usage: Usage, share: Amount): Record<string, string> {
  return Object.fromEntries(
    usage.map(({ meter, quantity }) => [meter, formatShare(quantity.mul(share).toDecimalPlaces(9, Exact.ROUND_DOWN))]),
  );
}

/** Two usages of the same action as one: meter by meter, in alphabetical order. */
export function sumOfUsage(a: Usage, b: Usage): Usage {
  const sums = new Map(a.map(({ meter, quantity }) => [meter, quantity]));
  for (const { meter, quantity } of b) sums.set(meter, sums.get(meter)?.add(quantity) ?? quantity);
  return [...sums].sort(([x], [y]) => (x < y ? -1 : 1)).map(([meter, quantity]) => ({ meter, quantity }));
}
