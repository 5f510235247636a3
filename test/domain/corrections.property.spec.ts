import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { knownLots } from '../../src/domain/account-state.js';
import { ZERO, type Amount } from '../../src/domain/credits.js';
import { BUCKETS } from '../../src/domain/lot.js';
import { differencesOf, played, type Step } from '../support/account-history.js';
import { correctionStep } from '../support/correction-steps.js';

const minutes = fc.constantFrom('0.3', '1', '2.7', '6');
const nth = fc.nat(20);

/** Short of credits most of the time, often bought anew, and corrected at every turn. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: correctionStep },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('buy' as const), credits: fc.constantFrom('1', '9.000000001', '30') }) },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('debit' as const),
      feature: fc.constant('captions'),
      usage: fc.record({ minutes }),
      record: fc.constant(true),
      back: fc.constant(0),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ do: fc.constant('hold' as const), usage: fc.constant(null), credits: fc.constantFrom('0.5', '2'), hours: fc.constant(2), cap: fc.constant(null) }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('capture' as const), nth, usage: fc.record({ minutes }), final: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('release' as const), nth }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constant('reverse' as const), nth, share: fc.constantFrom(null, '0.25', '0.333333333') }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(86_400_000, 86_400_000, 20 * 86_400_000, 600 * 86_400_000) }) },
);
const history = fc.array(step, { minLength: 8, maxLength: 40 });

describe('whatever is corrected', () => {
  it('leaves every lot whole, no bucket below zero, and owes no more to a freeze than can still return', () => {
    fc.assert(
      fc.property(history, (steps) => {
        for (const { buckets, freezeOwed, condition } of knownLots(played(steps).state)) {
          const rest = BUCKETS.filter((bucket) => bucket !== 'issued').map((bucket) => buckets[bucket]);
          expect(rest.every((credits) => credits.gte(ZERO))).toBe(true);
          expect(buckets.issued.eq(rest.reduce((sum, credits) => sum.add(credits), ZERO))).toBe(true);
          // What a freeze did not find was held, consumed or lapsed then, and is so still: all that returned was frozen.
          expect(freezeOwed.lte(buckets.held.add(buckets.consumed).add(buckets.lapsed))).toBe(true);
          expect(freezeOwed.isZero() || condition === 'frozen').toBe(true);
          expect(condition !== 'refunded' || (buckets.available.isZero() && buckets.frozen.isZero())).toBe(true);
        }
      }),
      { numRuns: 200 },
    );
  });

  it('is what the verifier makes of the entries', () => {
    fc.assert(
      fc.property(history, (steps) => {
        expect(differencesOf(played(steps))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('gives back exactly what an action took, settled or not, however often it is reversed in part', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const account = played(steps);
        for (const entry of account.entries.filter(({ type }) => type === 'debit' || type === 'capture')) {
          account.send(account.reversal(entry.seq, '0.1'));
          account.send(account.reversal(entry.seq));
          const sum = (types: readonly string[]): Amount =>
            account.entries.filter(({ type, cites, seq }) => types.includes(type) && (cites === entry.seq || seq === entry.seq)).reduce((all, { credits }) => all.add(credits), ZERO);
          expect(sum(['reversal']).eq(sum(['debit', 'settlement']).add(entry.type === 'capture' ? entry.credits : ZERO))).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });

  it('comes across everything that it is about', () => {
    const entries = fc.sample(history, { numRuns: 400, seed: 7 }).flatMap((steps) => played(steps).entries);
    const seen = new Set(entries.flatMap(({ type, postings }) => [type, ...postings.map(({ to }) => `${type} to ${to}`)]));
    for (const kind of ['settlement', 'waiver', 'refund', 'adjustment', 'freeze-released to available', 'freeze-released to lapsed', 'withdrawal', 'dispute-outcome']) {
      expect(seen).toContain(kind);
    }
    for (const to of ['available', 'frozen', 'withdrawn']) expect(seen).toContain(`reversal to ${to}`);
    for (const to of ['frozen', 'withdrawn']) expect([...seen].filter((kind) => kind.endsWith(` to ${to}`) && /^(capture|hold-)/.test(kind))).not.toEqual([]);
  });
});
