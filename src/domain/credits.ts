import { Decimal } from 'decimal.js';
import { refusal, type Refusal } from './errors.js';

/**
 * Credits: decimals with at most 29 integer and 9 fractional digits, stored as NUMERIC(38,9), strings in JSON.
 * The precision is wide enough that sums and products of permitted values are exact; rounding happens only in
 * `roundCredits` (the credits of a leg) and in `shareOf` (40 significant digits).
 */
export const Exact = Decimal.clone({
  precision: 300,
  rounding: Decimal.ROUND_HALF_EVEN,
  toExpNeg: -300,
  toExpPos: 300,
  minE: -400,
  maxE: 400,
});
const FortyDigits = Exact.clone({ precision: 40 });

export type Amount = Decimal;

export const CREDIT_SCALE = 9;
const MAX_INTEGER_DIGITS = 29;
const PLAIN_DECIMAL = /^(0|[1-9]\d{0,28})(?:\.(\d{1,9}))?$/;

export const ZERO: Amount = new Exact(0);
export const ONE: Amount = new Exact(1);
/** The first amount that NUMERIC(38,9) cannot hold. */
const LIMIT: Amount = new Exact(10).pow(MAX_INTEGER_DIGITS);

/** Whether the text is a plain decimal >= 0 in range: no sign, exponent, blank, or tenth fractional digit. */
export function isPlainDecimal(text: string): boolean {
  return text.length <= MAX_INTEGER_DIGITS + 1 + CREDIT_SCALE && PLAIN_DECIMAL.test(text);
}

/** Reads credits or a quantity. Returns a refusal, never throws, for a text that is no plain decimal in range. */
export function parseAmount(text: string, pointer: string): Amount | Refusal {
  if (!isPlainDecimal(text)) {
    return refusal(
      'invalid-amount',
      'An amount is a string with a plain decimal of at most 29 integer and 9 fractional digits, without sign or exponent.',
      { pointer },
    );
  }
  return new Exact(text);
}

/** Reads an amount that the service itself wrote. */
export function amount(text: string): Amount {
  return new Exact(text);
}

const ZERO_TEXT = `0.${'0'.repeat(CREDIT_SCALE)}`;
const ZEROS = '0'.repeat(MAX_INTEGER_DIGITS + CREDIT_SCALE);
/** decimal.js keeps a number as words of seven decimal digits, the first one without leading zeros. */
const WORD_DIGITS = 7;
const ZERO_DIGIT = '0'.charCodeAt(0);

/**
 * Always nine fractional digits, so that equal amounts are equal strings. A debit is written down with a dozen amounts, so
 * this takes the digits as decimal.js has them, three times as fast as its own `toFixed`, which gets whatever is left.
 */
export function formatCredits(value: Amount): string {
  if (value === ZERO) return ZERO_TEXT;
  const { d: words, e: exponent } = value;
  if (value.s < 0 || exponent >= MAX_INTEGER_DIGITS || exponent < -CREDIT_SCALE) return value.toFixed(CREDIT_SCALE);
  let digits = String(words[0]);
  for (let i = 1; i < words.length; i += 1) {
    const word = String(words[i]);
    digits += word.length === WORD_DIGITS ? word : ZEROS.slice(0, WORD_DIGITS - word.length) + word;
  }
  // Digits beyond the ninth place are the zeros that fill up the last word; an amount of credits has no others.
  const point = exponent + 1;
  const last = Math.min(digits.length, Math.max(0, point + CREDIT_SCALE));
  for (let i = last; i < digits.length; i += 1) if (digits.charCodeAt(i) !== ZERO_DIGIT) return value.toFixed(CREDIT_SCALE);
  const places = last - point;
  if (point <= 0) return `0.${ZEROS.slice(0, -point)}${digits.slice(0, last)}${ZEROS.slice(0, CREDIT_SCALE - places)}`;
  if (places <= 0) return `${digits}${ZEROS.slice(0, -places)}.${ZEROS.slice(0, CREDIT_SCALE)}`;
  return `${digits.slice(0, point)}.${digits.slice(point, last)}${ZEROS.slice(0, CREDIT_SCALE - places)}`;
}

/** The one rounding point of credits: half-even to nine places (SPEC 3). */
export function roundCredits(value: Amount): Amount {
  return value.decimalPlaces() <= CREDIT_SCALE ? value : value.toDecimalPlaces(CREDIT_SCALE, Decimal.ROUND_HALF_EVEN);
}

/** part / whole with 40 significant digits, half-even. */
export function shareOf(part: Amount, whole: Amount): Amount {
  return new Exact(FortyDigits.div(part, whole));
}

/** left - taken, kept at 40 significant digits, half-even. */
export function shareLeft(left: Amount, taken: Amount): Amount {
  return new Exact(FortyDigits.sub(left, taken));
}

/** A share as text: plain decimal, as many digits as it has (at most 40 significant). */
export function formatShare(share: Amount): string {
  return share.toFixed();
}

export function exceedsRange(value: Amount): boolean {
  return value.gte(LIMIT);
}

export function least(a: Amount, b: Amount): Amount {
  return a.lte(b) ? a : b;
}
