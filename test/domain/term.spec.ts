import { afterEach, describe, expect, it } from '@jest/globals';
import type { Entry } from '../../src/domain/entry.js';
import { HOUR_MS } from '../../src/domain/hold.js';
import { lastLapseUpTo, nextTermInstant, termsOf } from '../../src/domain/term.js';
import { differencesOf } from '../support/account-history.js';
import { DomainAccount, movesOf, rateBook, rateVersion } from '../support/domain-account.js';

const RATES = rateBook(rateVersion(1, { captions: { minutes: '3' }, search: { queries: '0' } }), rateVersion(2, { captions: { minutes: '4' } }));
const DAY = 24 * HOUR_MS;

const accounts: DomainAccount[] = [];
// Whatever a test did to its accounts, the verifier has to agree with it.
afterEach(() => {
  for (const account of accounts.splice(0)) expect(differencesOf(account)).toEqual([]);
});

function bought(credits: string, form: Parameters<DomainAccount['sign']>[0], from = '2026-01-10T12:00:00Z'): DomainAccount {
  const account = new DomainAccount(RATES);
  accounts.push(account);
  account.now = Date.parse(from);
  account.sign({ termStart: '2026-01-01', termEnd: '2026-06-30', ...form });
  account.buy(credits);
  return account;
}

const at = (account: DomainAccount, instant: string): DomainAccount => {
  account.now = Date.parse(instant);
  return account;
};
const types = (entries: readonly { readonly entry: Entry }[]): string[] => entries.map(({ entry }) => entry.type);
const minute = (account: DomainAccount) => account.use('captions', { minutes: '1' });
const available = ({ state }: DomainAccount): string => state.available.toFixed();
const lapsed = ({ state }: DomainAccount): string => state.lots.reduce((sum, { buckets }) => sum.add(buckets.lapsed), state.held.mul(0)).toFixed();

describe('the end of the Term (P4, SPEC 9)', () => {
  it.each([
    ['UTC', '2028-02-29', '2028-03-01T00:00:00Z'],
    ['Pacific/Kiritimati', '2026-06-30', '2026-06-30T10:00:00Z'],
    ['Pacific/Pago_Pago', '2026-06-30', '2026-07-01T11:00:00Z'],
    // A day of 23 hours, and one of 25.
    ['Europe/Berlin', '2026-03-29', '2026-03-29T22:00:00Z'],
    ['America/New_York', '2026-11-01', '2026-11-02T05:00:00Z'],
    // Clocks go back at midnight: the day has 25 hours, and begins at the first of its two midnights.
    ['America/Havana', '2026-11-01', '2026-11-02T05:00:00Z'],
  ])('in %s, a Term that ends on %s includes that day', (timeZone, termEnd, end) => {
    const account = bought('100', { timeZone, termEnd });
    account.now = Date.parse(end) - 1;
    expect(account.refused(minute(account))).toBeNull();
    account.now += 1;
    expect(account.refused(minute(account))).toBe('term-ended');
    expect(account.state.status).toBe('term_ended');
  });

  it('refuses new use, holds and purchases, and leaves credits as they are', () => {
    const account = at(bought('100', {}), '2026-07-02T00:00:00Z');
    expect(account.refused(minute(account))).toBe('term-ended');
    expect(account.refused(account.use('captions', { minutes: '0' }))).toBe('term-ended');
    expect(account.refused(account.hold('work', '1'))).toBe('term-ended');
    expect(account.refused(account.command('place-purchase', { purchaseId: 'p', orderFormId: null, credits: account.state.available }))).toBe('term-ended');
    expect([available(account), lapsed(account)]).toEqual(['100', '0']);
  });

  it('takes what was used within it and is recorded in the grace', () => {
    const account = at(bought('100', {}), '2026-07-02T00:00:00Z');
    const late = account.book(account.use('captions', { minutes: '2' }, { mode: 'record', occurredAt: Date.parse('2026-06-30T23:59:59Z') }));
    expect(late.credits.toFixed()).toBe('6');
    expect(account.refused(account.use('captions', { minutes: '2' }, { mode: 'record', occurredAt: account.now }))).toBe('occurred-at-out-of-range');
  });

  it('does not cut off running work', () => {
    const account = at(bought('100', {}), '2026-06-30T23:30:00Z');
    account.book(account.hold('work', '9'));
    at(account, '2026-07-01T00:10:00Z');
    expect(account.book(account.capture('work', { minutes: '4' })).credits.toFixed()).toBe('12');
    expect(account.state.status).toBe('term_ended');
  });

  it('has not begun before its first day', () => {
    const account = new DomainAccount(RATES);
    accounts.push(account);
    at(account, '2026-01-10T00:00:00Z').sign({ termStart: '2026-02-01', termEnd: '2026-06-30', purchases: [{ credits: '10' }] });
    account.pay('OF-1-0');
    expect(account.refused(minute(account))).toBe('term-ended');
    expect(at(account, '2026-02-01T00:00:00Z').refused(minute(account))).toBeNull();
  });
});

describe('rollover (P4)', () => {
  const extension = { termStart: '2026-07-01', termEnd: '2026-12-31' };

  it('on the last millisecond of the grace makes everything usable again, lots, rates and order unchanged', () => {
    const account = bought('5', { rolloverGraceDays: '30' });
    account.sign({ termStart: '2026-01-01', termEnd: '2026-06-30', rateVersion: '2', rolloverGraceDays: '30' });
    account.buy('100');
    const before = account.state.lots;
    at(account, '2026-07-30T23:59:59.999Z').sign({ ...extension, rateVersion: '2' });
    expect(account.entries.slice(-3).map(({ type }) => type)).toEqual(['order-form', 'rollover', 'status']);
    expect(account.state.lots).toEqual(before);
    expect(account.state.status).toBe('active');
    const debit = account.book(account.use('captions', { minutes: '2' }));
    expect(debit.postings.map(({ rateVersion: version }) => version)).toEqual(['standard@1', 'standard@2']);
  });

  it('comes one millisecond too late: what was available lapsed, and the new Term begins without it', () => {
    const account = at(bought('100', {}), '2026-07-31T00:00:00Z');
    expect(types(account.runDue())).toEqual(['status', 'lapse', 'status']);
    account.sign(extension);
    expect([available(account), lapsed(account)]).toEqual(['0', '100']);
    expect(types(account.runDue())).toEqual(['status']);
    expect(account.state.standing).toMatchObject({ term: 'running', credit: 'suspended' });
    account.buy('10');
    expect(account.refused(minute(account))).toBeNull();
    expect([available(account), lapsed(account)]).toEqual(['7', '100']);
  });

  it('before the end needs no grace', () => {
    const account = at(bought('100', {}), '2026-06-01T00:00:00Z').sign(extension);
    expect(account.entries.at(-1)?.type).toBe('rollover');
    expect(at(account, '2026-07-01T00:00:00Z').runDue().filter(({ entry }) => entry.type === 'status')).toEqual([]);
    expect(account.refused(minute(account))).toBeNull();
  });

  it('is no rollover where the Term does not become longer', () => {
    const account = bought('100', {}).sign({ termStart: '2026-01-01', termEnd: '2026-03-31' });
    expect(account.entries.some(({ type }) => type === 'rollover')).toBe(false);
    expect(termsOf(account.state.contract)).toHaveLength(1);
    expect(at(account, '2026-05-01T00:00:00Z').refused(minute(account))).toBeNull();
  });

  it('needs a day of grace to be one: with none, credits lapse with the Term', () => {
    const account = at(bought('100', { rolloverGraceDays: '0' }), '2026-06-30T23:59:59.999Z');
    expect(account.runDue()).toEqual([]);
    expect(types(at(account, '2026-07-01T00:00:00Z').runDue())).toEqual(['status', 'lapse', 'status']);
  });
});

describe('reinstatement', () => {
  it('of an extension that was signed in time and recorded after the lapse gives back what that lapse took', () => {
    const account = bought('100', {});
    account.grant('10', 'trial', '2026-02-01');
    account.grant('20', 'promotional', '2026-08-10');
    at(account, '2026-08-05T00:00:00Z').runDue();
    expect([available(account), lapsed(account)]).toEqual(['0', '130']);
    account.sign({ termStart: '2026-07-01', termEnd: '2026-12-31', signedOn: '2026-07-30' });
    expect(account.entries.slice(-4).map(({ type }) => type)).toEqual(['order-form', 'status', 'reinstatement', 'status']);
    // The trial lot had ended on its own; the promotional one has not yet, and no end of its own earlier than the Term's.
    expect([available(account), lapsed(account)]).toEqual(['120', '10']);
    expect(account.state.status).toBe('active');
    expect(account.refused(minute(account))).toBeNull();
  });

  it('does not happen where it was signed a day too late, and lapses again where the extension is over as well', () => {
    const late = at(bought('100', {}), '2026-08-05T00:00:00Z').sign({ termStart: '2026-07-01', termEnd: '2026-12-31', signedOn: '2026-07-31' });
    expect([available(late), lapsed(late)]).toEqual(['0', '100']);

    const over = at(bought('100', {}), '2026-12-01T00:00:00Z');
    over.runDue();
    over.sign({ termStart: '2026-07-01', termEnd: '2026-09-30', signedOn: '2026-07-15' });
    expect(available(over)).toBe('100');
    expect(types(over.runDue())).toEqual(['lapse', 'status']);
    expect([available(over), lapsed(over), over.state.status]).toEqual(['0', '100', 'term_ended']);
  });

  it('reinstates nothing that lapsed with an earlier Term', () => {
    const account = at(bought('100', {}), '2026-08-01T00:00:00Z').sign({ termStart: '2026-08-01', termEnd: '2026-08-31' });
    account.buy('7');
    at(account, '2026-10-05T00:00:00Z').sign({ termStart: '2026-09-01', termEnd: '2026-12-31', signedOn: '2026-09-15' });
    expect([available(account), lapsed(account)]).toEqual(['7', '100']);
  });
});

describe('what comes back after the lapse', () => {
  it('lapses: what a hold gives back, and what a reversal returns', () => {
    const account = at(bought('100', { rolloverGraceDays: '1' }), '2026-06-30T12:00:00Z');
    const debit = account.book(minute(account));
    account.book(account.hold('work', '30', { ttlMs: DAY }));
    at(account, '2026-07-01T11:00:00Z').book(account.command('extend-hold', { holdId: 'work', ttlMs: DAY }));
    at(account, '2026-07-02T10:00:00Z');
    expect(movesOf(account.book(account.capture('work', { minutes: '2' })))).toEqual(['lot 4: held to consumed 6', 'lot 4: held to lapsed 24']);
    expect(movesOf(account.book(account.reversal(debit.seq)))).toEqual(['lot 4: consumed to lapsed 3']);
  });

  it('lapses also when a new Term has begun since', () => {
    const account = at(bought('100', { rolloverGraceDays: '0' }), '2026-06-30T23:00:00Z');
    const debit = account.book(minute(account));
    account.book(account.hold('work', '30', { ttlMs: DAY }));
    at(account, '2026-07-01T01:00:00Z').sign({ termStart: '2026-07-01', termEnd: '2026-12-31' });
    account.buy('50');
    expect(movesOf(account.book(account.command('release-hold', { holdId: 'work' })))).toEqual(['lot 4: held to lapsed 30']);
    expect(movesOf(account.book(account.reversal(debit.seq)))).toEqual(['lot 4: consumed to lapsed 3']);
    expect(available(account)).toBe('50');
  });
});

describe('several order forms', () => {
  it('are ruled by the latest signed one in force: its modes count from its first day', () => {
    const account = bought('100', {});
    account.sign({ termStart: '2026-03-01', termEnd: '2026-12-31', features: [{ feature: 'search', mode: 'credits' }] });
    expect(account.refused(minute(account))).toBeNull();
    expect(account.refused(account.use('search', { queries: '1' }))).toBe('feature-not-ordered');
    at(account, '2026-03-01T00:00:00Z');
    expect(account.refused(minute(account))).toBe('feature-not-ordered');
    expect(account.refused(account.use('search', { queries: '1' }))).toBeNull();
  });

  it('make one Term as long as each is signed before the last one has lapsed', () => {
    const account = at(bought('100', {}), '2026-07-15T00:00:00Z').sign({ termStart: '2026-08-01', termEnd: '2026-12-31' });
    at(account, '2027-01-10T00:00:00Z').sign({ termStart: '2027-01-01', termEnd: '2027-02-28' });
    expect(termsOf(account.state.contract)).toHaveLength(1);
    expect(lastLapseUpTo(account.state.contract, account.now)).toBe(-Infinity);
    expect(nextTermInstant(account.state.contract, account.now)).toBe(Date.parse('2027-03-01T00:00:00Z'));
    expect(available(account)).toBe('100');
  });

  it('a Term that nobody touched in all its length still begins, ends and lapses in order', () => {
    const account = at(bought('100', {}), '2026-08-01T00:00:00Z').sign({
      termStart: '2026-09-01',
      termEnd: '2026-09-30',
      purchases: [{ credits: '5' }],
    });
    account.pay('OF-2-0');
    at(account, '2026-10-05T00:00:00Z');
    expect(types(account.runDue())).toEqual(['status', 'status']);
    expect(account.state.standing.term).toBe('ended');
    expect(types(at(account, '2026-11-05T00:00:00Z').runDue())).toEqual(['lapse', 'status']);
    expect([available(account), lapsed(account)]).toEqual(['0', '105']);
  });
});

describe('time for payment (SPEC 7)', () => {
  const unpaid = (credits: string): DomainAccount => {
    const account = bought('10', { paymentDueDays: '14', purchases: [{ credits }] });
    account.book(account.command('place-purchase', { purchaseId: 'extra', orderFormId: null, credits: account.state.available }));
    return account;
  };
  const states = ({ state }: DomainAccount): unknown[] => ['OF-1-0', 'extra'].map((id) => state.purchases.get(id)?.state);

  it('over, lets lapse what was placed in the account, and leaves owed what was signed', () => {
    const account = at(unpaid('20'), '2026-01-24T23:59:59.999Z');
    expect(account.runDue()).toEqual([]);
    expect(types(at(account, '2026-01-25T00:00:00Z').runDue())).toEqual(['purchase-overdue', 'purchase-lapsed']);
    expect(states(account)).toEqual(['overdue', 'lapsed']);
    account.pay('OF-1-0');
    expect(states(account)[0]).toBe('allocated');
  });

  it('is judged by when money was received, not by when that was recorded', () => {
    const account = at(unpaid('20'), '2026-02-01T00:00:00Z');
    account.runDue();
    const pay = (receivedAt: string) =>
      account.command('record-payment', {
        provider: 'bank',
        providerPaymentId: receivedAt,
        purchaseId: 'extra',
        amount: account.state.purchases.get('extra')?.price ?? account.state.held,
        currency: 'EUR',
        receivedAt: Date.parse(receivedAt),
      });
    expect(account.refused(pay('2026-01-25T00:00:00Z'))).toBe('purchase-not-payable');
    account.book(pay('2026-01-24T23:59:59.999Z'));
    expect(states(account)).toEqual(['overdue', 'allocated']);
  });
});
