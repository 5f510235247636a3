import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { knownLots } from '../../src/domain/account-state.js';
import { compareBurnOrder } from '../../src/domain/burn-order.js';
import type { Command } from '../../src/domain/command.js';
import { ZERO, amount, formatCredits } from '../../src/domain/credits.js';
import { decide } from '../../src/domain/decide.js';
import { BUCKETS, isOpen } from '../../src/domain/lot.js';
import { MORE_LOTS_NEEDED } from '../../src/domain/pricing.js';
import { RATES, differencesOf, history, played, step, usage } from '../support/account-history.js';
import { DomainAccount } from '../support/domain-account.js';

describe('whatever happens to an account', () => {
  it('each posting moves more than nothing between two buckets, each lot is whole, and the sums agree (SPEC 16.1, 16.2)', () => {
    fc.assert(
      fc.property(history, (steps) => {
        const account = played(steps);
        for (const { entry } of account.booked) {
          const perLotAndBucket = new Map<string, ReturnType<typeof amount>>();
          for (const { lotId, from, to, credits: moved } of entry.postings) {
            expect(moved.gt(ZERO) && from !== to).toBe(true);
            perLotAndBucket.set(`${lotId} ${from}`, (perLotAndBucket.get(`${lotId} ${from}`) ?? ZERO).sub(moved));
            perLotAndBucket.set(`${lotId} ${to}`, (perLotAndBucket.get(`${lotId} ${to}`) ?? ZERO).add(moved));
          }
          expect([...perLotAndBucket.values()].reduce((sum, moved) => sum.add(moved), ZERO).isZero()).toBe(true);
        }
        const lots = knownLots(account.state);
        for (const { buckets } of lots) {
          const rest = BUCKETS.filter((bucket) => bucket !== 'issued').map((bucket) => buckets[bucket]);
          expect(rest.every((credits) => credits.gte(ZERO))).toBe(true);
          expect(buckets.issued.eq(rest.reduce((sum, credits) => sum.add(credits), ZERO))).toBe(true);
        }
        expect(account.state.available.eq(lots.reduce((sum, { buckets }) => sum.add(buckets.available), ZERO))).toBe(true);
        expect(account.entries.map(({ seq }) => seq)).toEqual(account.entries.map((_, index) => index + 1));
      }),
    );
  });

  it('the verifier, which knows only the entries, finds nothing to object to', () => {
    fc.assert(
      fc.property(history, (steps) => {
        expect(differencesOf(played(steps))).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('a batch gives the verdicts that its commands get one by one, read from the database in between (SPEC 16.8)', () => {
    fc.assert(
      fc.property(history, fc.array(step, { minLength: 1, maxLength: 12 }), (before, batch) => {
        const one = played(before);
        const many = played(before);
        many.runDue();
        const commands: Command[] = batch.flatMap((wanted): Command[] => {
          if (wanted.do === 'debit') return [one.use(wanted.feature, wanted.usage, { mode: wanted.record ? 'record' : 'authorize' })];
          if (wanted.do === 'grant') return [one.command('grant', { kind: 'trial', credits: amount(wanted.credits), validThrough: null, reason: 'test' })];
          return [];
        });
        let threaded = many.state;
        for (const command of commands) {
          const alone = one.send(command);
          // As it would be read afresh: open lots in burn order, nothing else.
          one.state = { ...one.state, lots: one.state.lots.filter(isOpen).sort(compareBurnOrder), citedDebits: new Map() };
          const together = decide(threaded, command, { now: many.now, rates: RATES });
          if (together === MORE_LOTS_NEEDED) throw new Error('all lots are loaded');
          threaded = together.state;
          expect(together.refusal).toEqual(alone.refusal);
          expect(together.booked.map(({ entry }) => entry.hash)).toEqual(alone.booked.map(({ entry }) => entry.hash));
        }
      }),
    );
  });

  it('loading only the first lots and asking for more comes to the same', () => {
    fc.assert(
      fc.property(history, usage, fc.boolean(), fc.integer({ min: 0, max: 3 }), (before, wanted, record, loaded) => {
        const { state, now, ...account } = played(before);
        const whole = { ...state, lots: state.lots.filter(isOpen) };
        const part = { ...whole, lots: whole.lots.slice(0, loaded), moreLots: whole.lots.length > loaded };
        const command = new DomainAccount(RATES, account.accountId).use('captions', wanted, { mode: record ? 'record' : 'authorize' });
        const all = decide(whole, command, { now, rates: RATES });
        const some = decide(part, command, { now, rates: RATES });
        if (all === MORE_LOTS_NEEDED) throw new Error('all lots are loaded');
        if (some === MORE_LOTS_NEEDED) return;
        expect(some.refusal).toEqual(all.refusal);
        expect(some.booked.map(({ entry }) => entry.hash)).toEqual(all.booked.map(({ entry }) => entry.hash));
      }),
    );
  });

  it('the order in which lots lie in memory changes nothing once they are in burn order', () => {
    fc.assert(
      fc.property(history, usage, fc.infiniteStream(fc.nat()), (before, wanted, random) => {
        const { state, now, accountId } = played(before);
        const shuffled = state.lots
          .map((lot) => ({ lot, at: random.next().value as number }))
          .sort((a, b) => a.at - b.at)
          .map(({ lot }) => lot);
        const command = new DomainAccount(RATES, accountId).use('captions', wanted, { mode: 'record' });
        const [as, sorted] = [state.lots, shuffled.sort(compareBurnOrder)].map((lots) => decide({ ...state, lots }, command, { now, rates: RATES }));
        if (as === undefined || sorted === undefined || as === MORE_LOTS_NEEDED || sorted === MORE_LOTS_NEEDED) throw new Error('all lots are loaded');
        expect(sorted.booked.map(({ entry }) => entry.hash)).toEqual(as.booked.map(({ entry }) => entry.hash));
      }),
    );
  });

  it('an authorised debit takes all that it costs, and a refused one nothing', () => {
    fc.assert(
      fc.property(history, usage, (before, wanted) => {
        const account = played(before);
        account.runDue();
        const available = account.state.available;
        const { entry, refusal } = account.send(account.use('captions', wanted));
        if (entry !== null) expect(entry.unfunded).toBeNull();
        expect(formatCredits(account.state.available)).toBe(formatCredits(available.sub(entry?.credits ?? ZERO)));
        if (refusal?.code === 'insufficient-credits') {
          const { required, shortfall, affordable } = refusal.data as { required: string; shortfall: string; affordable: Record<string, string> };
          expect(amount(shortfall).gt(ZERO) && amount(required).gte(shortfall)).toBe(true);
          for (const [meter, most] of Object.entries(wanted)) expect(amount(affordable[meter] ?? '').lte(most)).toBe(true);
          const something = Object.values(affordable).some((most) => !amount(most).isZero());
          if (something && account.state.status !== 'suspended') expect(account.refused(account.use('captions', affordable))).toBeNull();
        }
      }),
    );
  });
});
