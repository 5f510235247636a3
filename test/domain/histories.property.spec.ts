import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { AccountState } from '../../src/domain/account-state.js';
import { compareBurnOrder } from '../../src/domain/burn-order.js';
import type { Command } from '../../src/domain/command.js';
import { ZERO, amount, formatCredits } from '../../src/domain/credits.js';
import { decide } from '../../src/domain/decide.js';
import { BUCKETS, isOpen, type Lot } from '../../src/domain/lot.js';
import { MORE_LOTS_NEEDED } from '../../src/domain/pricing.js';
import { sha256 } from '../../src/domain/hash-chain.js';
import { applyEntry, finishReplay } from '../../src/domain/verification/apply-entry.js';
import { compareProjections, type AccountProjection } from '../../src/domain/verification/compare-projections.js';
import { Findings, type Difference } from '../../src/domain/verification/difference.js';
import { newReplay, type CitedEntry, type EntryRecord, type PaymentRow } from '../../src/domain/verification/replay.js';
import { DomainAccount, rateBook, rateVersion } from '../support/domain-account.js';

const RATES = rateBook(
  rateVersion(1, { captions: { minutes: '3', words: { rate: '0.000000007', increment: '10' } } }),
  rateVersion(2, { captions: { minutes: '4.3', words: '0.0000001', languages: '0.7' }, search: { queries: '0' } }),
  rateVersion(3, { captions: { minutes: { rate: '0.1', increment: '0.25', minimum: '2' }, words: '0' }, search: { queries: '0.000000001' } }),
);
const FEATURES = ['captions', 'search', 'avatar'].map((feature) => ({ feature, mode: feature === 'avatar' ? ('subscription' as const) : ('credits' as const) }));

/** What may happen to an account: each step names what it needs by number, so that any list of them makes sense. */
type Step =
  | { readonly do: 'sign'; readonly version: number; readonly suspendAt: string }
  | { readonly do: 'buy'; readonly credits: string }
  | { readonly do: 'grant'; readonly credits: string; readonly trial: boolean; readonly days: number | null }
  | { readonly do: 'debit'; readonly feature: string; readonly usage: Readonly<Record<string, string>>; readonly record: boolean; readonly back: number }
  | { readonly do: 'reverse'; readonly nth: number; readonly share: string | null }
  | { readonly do: 'wait'; readonly ms: number };

const digits = (whole: number, places: number): fc.Arbitrary<string> =>
  fc.tuple(fc.bigInt(0n, 10n ** BigInt(whole)), fc.stringMatching(new RegExp(`^\\d{0,${places}}$`))).map(([a, b]) => (b === '' ? String(a) : `${a}.${b}`));
const credits = fc.oneof(fc.constantFrom('0.000000001', '1', '5', `${'9'.repeat(28)}.${'9'.repeat(9)}`), digits(3, 9)).filter((text) => !amount(text).isZero());
const quantity = fc.oneof({ weight: 12, arbitrary: digits(1, 3) }, { weight: 3, arbitrary: digits(2, 9) }, { weight: 1, arbitrary: digits(28, 9) });
const usage = fc.oneof(
  fc.record({ minutes: quantity }),
  fc.record({ minutes: quantity, words: quantity }),
  fc.record({ words: quantity, languages: quantity }),
);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sign' as const), version: fc.integer({ min: 1, max: 3 }), suspendAt: fc.constantFrom('0', '2.5') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('buy' as const), credits }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('grant' as const), credits, trial: fc.boolean(), days: fc.option(fc.integer({ min: 0, max: 3 })) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('debit' as const), feature: fc.constant('captions'), usage, record: fc.boolean(), back: fc.constantFrom(0, 0, 0, 90_000_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('debit' as const),
      feature: fc.constantFrom('search', 'avatar'),
      usage: fc.record({ queries: quantity }),
      record: fc.boolean(),
      back: fc.constant(0),
    }),
  },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('reverse' as const), nth: fc.nat(20), share: fc.option(fc.constantFrom('0.25', '0.333333333', '0.000000001', '0.9')) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 1000, 86_400_000, -500) }) },
);
const history = fc.array(step, { minLength: 1, maxLength: 30 });

function open(): DomainAccount {
  const account = new DomainAccount(RATES).sign({ features: FEATURES, purchases: [{ credits: '10' }] });
  account.grant('1.000000007', 'trial', '2026-06-17');
  ['2', '3', '1'].forEach((version, index) => {
    account.sign({ features: FEATURES, rateVersion: version });
    account.buy(['1.5', '0.7', '3.333333333'][index] ?? '');
  });
  return account;
}

/** The step as a command on the account as it stands, or null where it only moves the clock or has nothing to act on. */
function play(account: DomainAccount, wanted: Step): void {
  switch (wanted.do) {
    case 'sign':
      account.sign({ features: FEATURES, rateVersion: String(wanted.version), suspendAtBalance: wanted.suspendAt });
      break;
    case 'buy': {
      const purchaseId = `p-${account.state.seq}`;
      const placed = account.send(account.command('place-purchase', { purchaseId, orderFormId: null, credits: amount(wanted.credits) }));
      const owed = account.state.purchases.get(purchaseId)?.price;
      if (placed.refusal !== null || owed === undefined || owed.isZero()) return;
      const half = owed.div(2).toDecimalPlaces(2);
      for (const money of half.isZero() ? [owed] : [half, owed.sub(half)]) {
        const payment = { provider: 'bank', providerPaymentId: `id-${account.state.seq}`, purchaseId, amount: money, currency: 'EUR', receivedAt: account.now };
        account.send(account.command('record-payment', payment));
      }
      break;
    }
    case 'grant': {
      const validThrough = wanted.days === null ? null : new Date(account.now + wanted.days * 86_400_000).toISOString().slice(0, 10);
      account.send(account.command('grant', { kind: wanted.trial ? 'trial' : 'promotional', credits: amount(wanted.credits), validThrough, reason: 'test' }));
      break;
    }
    case 'debit': {
      const occurredAt = wanted.back === 0 ? null : account.now - wanted.back;
      account.send(account.use(wanted.feature, wanted.usage, { mode: wanted.record ? 'record' : 'authorize', occurredAt }));
      break;
    }
    case 'reverse': {
      const debits = account.entries.filter(({ type }) => type === 'debit');
      const debit = debits[wanted.nth % Math.max(debits.length, 1)];
      if (debit !== undefined) account.send(account.reversal(debit.seq, wanted.share));
      break;
    }
    case 'wait':
      account.now += wanted.ms;
  }
}

function played(steps: readonly Step[]): DomainAccount {
  const account = open();
  for (const wanted of steps) play(account, wanted);
  return account;
}

const lotsOf = (state: AccountState): Lot[] => [...state.lots, ...state.otherLots.values()];

function recordsOf(account: DomainAccount): EntryRecord[] {
  return account.booked.map(({ entry, effects }) => {
    const payment: PaymentRow | null = effects.payment === undefined ? null : { ...effects.payment, accountId: account.accountId, seq: entry.seq };
    let cited: CitedEntry | null = null;
    if (entry.type === 'reversal') {
      const debit = account.entries.find(({ seq }) => seq === entry.cites);
      const before = account.entries.filter((other) => other.type === 'reversal' && other.cites === entry.cites && other.seq < entry.seq).at(-1);
      const reversedBefore = before === undefined ? null : (JSON.parse(before.detail) as { reversedShare: string }).reversedShare;
      cited = debit === undefined ? null : { entry: debit, reversedBefore };
    }
    return { entry, metadata: null, payment, cited };
  });
}

function projectionOf({ state, booked }: DomainAccount): AccountProjection {
  return {
    state,
    lastEntry: state.seq,
    lots: lotsOf(state).map((lot) => ({ ...lot, open: isOpen(lot) })),
    purchases: [...state.purchases.values()],
    notices: [],
    orderForms: booked.flatMap(({ entry, effects: { orderForm } }) =>
      orderForm === undefined ? [] : [{ ...orderForm.form, seq: entry.seq, documentHash: sha256(orderForm.document) }],
    ),
    orphans: [],
  };
}

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
        const lots = lotsOf(account.state);
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
        const account = played(steps);
        const differences: Difference[] = [];
        const findings = new Findings(account.accountId, (difference) => differences.push(difference));
        const replay = newReplay(account.accountId, RATES);
        for (const record of recordsOf(account)) applyEntry(replay, record, findings);
        finishReplay(replay, account.state.seq, findings);
        compareProjections(replay, projectionOf(account), findings);
        expect(differences).toEqual([]);
      }),
      { numRuns: 300 },
    );
  });

  it('a batch gives the verdicts that its commands get one by one, read from the database in between (SPEC 16.8)', () => {
    fc.assert(
      fc.property(history, fc.array(step, { minLength: 1, maxLength: 12 }), (before, batch) => {
        const one = played(before);
        const many = played(before);
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
