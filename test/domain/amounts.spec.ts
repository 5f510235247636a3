import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { amount, exceedsRange, formatCredits, formatShare, isPlainDecimal, parseAmount, roundCredits, shareLeft, shareOf } from '../../src/domain/credits.js';
import { currencyScale, formatMoney, isCurrency, isMoney, priceOf, taxOf } from '../../src/domain/money.js';
import { parseUsage, usageText } from '../../src/domain/usage.js';

const LARGEST = `${'9'.repeat(29)}.${'9'.repeat(9)}`;

describe('credits as text', () => {
  it.each([
    ...['1e3', '1E3', 'NaN', 'Infinity', '-Infinity', '-0', '-1', '+1', ' 1', '1 ', '', ' ', '01', '00', '1.', '.5', '.', '1..2', '1.2.3'],
    ...['1,5', '0x10', '1_000', '٣', '１', '1\n', 'null', '0.0000000001', '1.0000000000', `1${'0'.repeat(29)}`, '9'.repeat(100_000), `0.${'1'.repeat(100_000)}`],
  ])('refuses %.20s', (text) => {
    expect(isPlainDecimal(text)).toBe(false);
    expect(parseAmount(text, '/credits')).toMatchObject({ code: 'invalid-amount', pointer: '/credits' });
  });

  it('refuses 100,000 digits without reading them as a number', () => {
    const started = performance.now();
    for (let i = 0; i < 1000; i += 1) isPlainDecimal('9'.repeat(100_000));
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('takes 38 digits to the last one', () => {
    const parsed = parseAmount(LARGEST, '');
    expect('code' in parsed ? parsed.code : formatCredits(parsed)).toBe(LARGEST);
    expect(exceedsRange(amount(LARGEST))).toBe(false);
    expect(exceedsRange(amount(LARGEST).add('0.000000001'))).toBe(true);
  });

  it('gives every plain decimal back as it was, with nine places', () => {
    const whole = fc.bigInt(0n, 10n ** 29n - 1n).map(String);
    const fraction = fc.stringMatching(/^\d{0,9}$/);
    fc.assert(
      fc.property(whole, fraction, (integer, digits) => {
        const text = digits === '' ? integer : `${integer}.${digits}`;
        expect(isPlainDecimal(text)).toBe(true);
        expect(formatCredits(amount(text))).toBe(`${integer}.${digits.padEnd(9, '0')}`);
      }),
    );
  });

  it('are written as decimal.js would, also where sums and products made them', () => {
    const digits = fc.stringMatching(/^(0|[1-9]\d{0,30})(\.\d{1,20})?$/);
    fc.assert(
      fc.property(digits, digits, (a, b) => {
        for (const value of [amount(a), amount(a).sub(b), amount(a).mul(b), amount(a).add(b)]) expect(formatCredits(value)).toBe(value.toFixed(9));
      }),
      { numRuns: 2_000 },
    );
  });

  it('takes a text only if it is one of those', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[-+ 0-9.eE]{1,12}$/)), (text) => {
        expect(isPlainDecimal(text)).toBe(/^(0|[1-9][0-9]{0,28})(\.[0-9]{1,9})?$/.test(text) && !text.endsWith('\n'));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('rounding', () => {
  it.each([
    ['0.0000000005', '0.000000000'],
    ['0.0000000015', '0.000000002'],
    ['0.0000000025', '0.000000002'],
    ['0.00000000250000000000000000000001', '0.000000003'],
    ['99999999999999999999999999999.9999999985', '99999999999999999999999999999.999999998'],
  ])('takes %s to %s: ties go to the even digit', (value, rounded) => {
    expect(formatCredits(roundCredits(amount(value)))).toBe(rounded);
  });

  it('agrees with arithmetic on integers', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, 10n ** 45n), (units) => {
        // `units` in steps of 10^-12: three digits to round away.
        const [quotient, rest] = [units / 1000n, units % 1000n];
        const up = rest > 500n || (rest === 500n && quotient % 2n === 1n);
        const digits = String(quotient + (up ? 1n : 0n)).padStart(10, '0');
        const exact = String(units).padStart(13, '0');
        const value = amount(`${exact.slice(0, -12)}.${exact.slice(-12)}`);
        expect(formatCredits(roundCredits(value))).toBe(`${digits.slice(0, -9)}.${digits.slice(-9)}`);
      }),
    );
  });

  it('keeps 40 significant digits of a share, half to even', () => {
    expect(formatShare(shareOf(amount('5'), amount('6')))).toBe(`0.8${'3'.repeat(39)}`);
    expect(formatShare(shareOf(amount('2'), amount('3')))).toBe(`0.${'6'.repeat(39)}7`);
    expect(formatShare(shareOf(amount('0.000000001'), amount('3')))).toBe(`0.000000000${'3'.repeat(40)}`);
    expect(formatShare(shareLeft(amount('1'), shareOf(amount('2'), amount('3'))))).toBe(`0.${'3'.repeat(40)}`);
  });
});

describe('usage', () => {
  it('orders its meters and writes quantities in the shortest form', () => {
    const usage = parseUsage({ outputTokens: '10.500', inputTokens: '7', a: '0.0' }, '/usage');
    expect('code' in usage ? usage.code : usageText(usage)).toBe('{"a":"0","inputTokens":"7","outputTokens":"10.5"}');
  });

  it.each<[string, Record<string, string>]>([
    ['no meter', {}],
    ['21 meters', Object.fromEntries(Array.from({ length: 21 }, (_, i) => [`m${i}`, '1']))],
    ['a meter without a name', { '': '1' }],
    ['a meter with a quote', { 'a"b': '1' }],
    ['a meter of 65 letters', { ['a'.repeat(65)]: '1' }],
    ['a negative quantity', { minutes: '-1' }],
    ['an exponent', { minutes: '1e3' }],
  ])('refuses %s', (_what, raw) => {
    expect(parseUsage(raw, '/usage')).toHaveProperty('code');
  });
});

describe('money', () => {
  it.each([
    ['JPY', 0],
    ['EUR', 2],
    ['USD', 2],
    ['KWD', 3],
    ['HUF', 2],
    ['IQD', 3],
    ['IDR', 2],
    ['CLF', 4],
  ])('%s has the %i places that ISO 4217 gives it', (currency, scale) => {
    expect(currencyScale(currency)).toBe(scale);
  });

  it('takes no more digits than the currency has', () => {
    expect([isMoney('100', 'JPY'), isMoney('100.0', 'JPY')]).toEqual([true, false]);
    expect([isMoney('1.25', 'EUR'), isMoney('1.255', 'EUR')]).toEqual([true, false]);
    expect([isMoney('1.255', 'KWD'), isMoney('1.2555', 'KWD')]).toEqual([true, false]);
    expect(['1e3', '-1', '01', '+1', ' 1', '1.', '.5', 'NaN'].map((text) => isMoney(text, 'EUR'))).not.toContain(true);
    expect([isCurrency('EUR'), isCurrency('XYZ'), isCurrency('eur')]).toEqual([true, false, false]);
  });

  it('rounds a price half to even at the currency’s scale, and the tax of it apart', () => {
    expect(formatMoney(priceOf(amount('25'), '0.1', 'JPY'), 'JPY')).toBe('2');
    expect(formatMoney(priceOf(amount('35'), '0.1', 'JPY'), 'JPY')).toBe('4');
    expect(formatMoney(priceOf(amount('3000'), '0.000000000001', 'EUR'), 'EUR')).toBe('0.00');
    const price = priceOf(amount('10.05'), '0.1', 'EUR');
    expect(formatMoney(price, 'EUR')).toBe('1.00');
    expect(formatMoney(taxOf(price, '0.195', 'EUR'), 'EUR')).toBe('0.20');
    expect(formatMoney(taxOf(amount('1.005'), '0.5', 'KWD'), 'KWD')).toBe('0.502');
  });
});
