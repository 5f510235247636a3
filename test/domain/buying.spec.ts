import { describe, expect, it } from '@jest/globals';
import { amount, formatCredits } from '../../src/domain/credits.js';
import { formatMoney } from '../../src/domain/money.js';
import { DomainAccount, rateBook, rateVersion } from '../support/domain-account.js';

const V1 = rateVersion(1, { captions: { minutes: '3' } });
const EFFECTIVE = '2026-08-01';
const V2 = rateVersion(2, { captions: { minutes: '4' } }, EFFECTIVE);
const RATES = rateBook(V1, V2);

function announced(zone: string, deliveredAt: string): DomainAccount {
  const account = new DomainAccount(RATES).sign({ timeZone: zone, paymentDueDays: '120' });
  account.book(account.command('announce-rates', { noticeId: 'n', cardId: 'standard', version: 2, effectiveDate: EFFECTIVE, text: 'New rates.' }));
  account.now = Date.parse(deliveredAt);
  account.book(account.command('deliver-notice', { noticeId: 'n', evidence: { means: 'acknowledged' } }));
  return account;
}

function versionAt(account: DomainAccount, instant: string): string {
  account.now = Date.parse(instant);
  return account.book(account.command('place-purchase', { purchaseId: `p-${instant}`, orderFormId: null, credits: amount('1') })).rateVersion ?? '';
}

describe('the version that a purchase gets (P2, SPEC 8)', () => {
  it('changes at the licensee’s own midnight after the effective date, in UTC+14', () => {
    const account = announced('Pacific/Kiritimati', '2026-06-16T00:00:00Z');
    expect(versionAt(account, '2026-08-01T09:59:59.999Z')).toBe('standard@1');
    expect(versionAt(account, '2026-08-01T10:00:00.000Z')).toBe('standard@2');
  });

  it('changes at the licensee’s own midnight after the effective date, in UTC-11', () => {
    const account = announced('Pacific/Pago_Pago', '2026-06-16T00:00:00Z');
    expect(versionAt(account, '2026-08-02T10:59:59.999Z')).toBe('standard@1');
    expect(versionAt(account, '2026-08-02T11:00:00.000Z')).toBe('standard@2');
  });

  it('waits for thirty days after a late delivery, on the licensee’s calendar', () => {
    // In UTC+14 the 20th has begun: 30 days later is 19 August, and the version reaches purchases of the 20th.
    const account = announced('Pacific/Kiritimati', '2026-07-19T10:00:00Z');
    expect(versionAt(account, '2026-08-19T09:59:59.999Z')).toBe('standard@1');
    expect(versionAt(account, '2026-08-19T10:00:00.000Z')).toBe('standard@2');
  });

  it('stays what it was while the notice is not delivered', () => {
    const account = new DomainAccount(RATES).sign();
    account.book(account.command('announce-rates', { noticeId: 'n', cardId: 'standard', version: 2, effectiveDate: EFFECTIVE, text: 'New rates.' }));
    expect(versionAt(account, '2027-12-01T00:00:00Z')).toBe('standard@1');
  });

  it('counts the first delivery, whatever is delivered again', () => {
    const account = announced('UTC', '2026-06-16T00:00:00Z');
    account.now = Date.parse('2026-07-30T00:00:00Z');
    account.book(account.command('deliver-notice', { noticeId: 'n', evidence: { means: 'mail', contactId: 'c', messageId: 'm' } }));
    expect(versionAt(account, '2026-08-02T00:00:00Z')).toBe('standard@2');
  });

  it('is the one of the day of purchase, also when the payment comes after a change', () => {
    const account = announced('UTC', '2026-06-16T00:00:00Z');
    account.book(account.command('place-purchase', { purchaseId: 'early', orderFormId: null, credits: amount('10') }));
    account.now = Date.parse('2026-09-01T00:00:00Z');
    account.pay('early');
    expect(account.state.lots[0]?.rateVersion).toBe('standard@1');
  });

  it('cannot be announced with less than thirty days', () => {
    const account = new DomainAccount(RATES).sign();
    account.now = Date.parse('2026-07-03T00:00:00Z');
    const announce = account.command('announce-rates', { noticeId: 'n', cardId: 'standard', version: 2, effectiveDate: EFFECTIVE, text: '' });
    expect(account.refused(announce)).toBe('notice-period-too-short');
    account.now = Date.parse('2026-07-02T00:00:00Z') - 1;
    const other = new DomainAccount(RATES).sign();
    other.now = Date.parse('2026-07-02T23:59:59.999Z');
    expect(other.refused(other.command('announce-rates', { noticeId: 'n', cardId: 'standard', version: 2, effectiveDate: EFFECTIVE, text: '' }))).toBeNull();
  });
});

describe('purchase, payment, allocation (SPEC 7)', () => {
  const pay = (account: DomainAccount, money: string, more: Partial<{ id: string; currency: string; purchaseId: string }> = {}) =>
    account.command('record-payment', {
      provider: 'bank',
      providerPaymentId: more.id ?? `id-${account.state.seq}`,
      purchaseId: more.purchaseId ?? 'OF-1-0',
      amount: amount(money),
      currency: more.currency ?? 'EUR',
      receivedAt: account.now,
    });

  it('allocates in the entry after the payment that completes price and tax, and once (P3, P8)', () => {
    const account = new DomainAccount(RATES).sign({ taxRate: '0.19', purchases: [{ credits: '100' }] });
    const purchase = account.state.purchases.get('OF-1-0');
    expect([purchase?.price, purchase?.tax].map((money) => (money === undefined ? '' : formatMoney(money, 'EUR')))).toEqual(['10.00', '1.90']);
    account.book(pay(account, '10'));
    expect(account.state.purchases.get('OF-1-0')?.state).toBe('partially_paid');
    expect(account.state.lots).toEqual([]);
    const { booked } = account.send(pay(account, '1.90'));
    expect(booked.map(({ entry }) => [entry.type, entry.cites])).toEqual([['payment', null], ['allocation', 4]]);
    expect(formatCredits(account.state.available)).toBe('100.000000000');
    expect(account.refused(pay(account, '0.01'))).toBe('purchase-not-payable');
  });

  it('makes no guess of a payment that does not fit', () => {
    const account = new DomainAccount(RATES).sign({ purchases: [{ credits: '100' }] });
    expect(account.refused(pay(account, '10', { purchaseId: 'other' }))).toBe('purchase-not-found');
    expect(account.refused(pay(account, '10', { currency: 'USD' }))).toBe('currency-mismatch');
    account.book(pay(account, '1', { id: 'same' }));
    expect(account.refused(pay(account, '2', { id: 'same' }))).toBe('payment-conflict');
  });

  it('keeps the burn order that the order form asks for', () => {
    const account = new DomainAccount(RATES).sign({ priority: { purchase: '1' } });
    account.grant('5', 'trial');
    account.buy('5');
    expect(account.state.lots.map(({ kind }) => kind)).toEqual(['purchase', 'trial']);
  });

  it('ends a granted lot with its own day, never after the Term', () => {
    const account = new DomainAccount(RATES).sign({ timeZone: 'Pacific/Kiritimati' });
    account.grant('5', 'trial', '2026-12-30');
    account.grant('5', 'trial', '2027-12-31');
    account.grant('5', 'trial', '2099-01-01');
    expect(account.state.lots.map(({ validUntil }) => validUntil)).toEqual([Date.parse('2026-12-30T10:00:00Z'), null, null]);
  });

  it('refuses a second signature, a purchase without an order form or outside the Term', () => {
    const account = new DomainAccount(RATES);
    const purchase = account.command('place-purchase', { purchaseId: 'p', orderFormId: null, credits: amount('1') });
    expect(account.refused(purchase)).toBe('order-form-not-found');
    account.sign();
    expect(() => account.sign({ number: 'OF-1' })).toThrow('order-form-exists');
    account.now = Date.parse('2028-01-01T00:00:00Z');
    expect(account.refused(purchase)).toBe('term-ended');
  });
});
