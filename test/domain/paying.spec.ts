import { describe, expect, it } from '@jest/globals';
import { breakId } from '../../src/domain/break.js';
import { amount, formatCredits } from '../../src/domain/credits.js';
import type { Entry } from '../../src/domain/entry.js';
import type { PriceVersion } from '../../src/domain/price.js';
import type { Purchase } from '../../src/domain/purchase.js';
import type { PurchaseQuote } from '../../src/domain/quote.js';
import { differencesOf } from '../support/account-history.js';
import { DomainAccount, rateBook, rateVersion } from '../support/domain-account.js';

const V1 = rateVersion(1, { captions: { minutes: '3' } });
const V2 = rateVersion(2, { captions: { minutes: '4' } }, '2026-08-01');
const RATES = rateBook(V1, V2);
const DAY = 86_400_000;

/** 100 credits for 10.00 and 1.90 of tax, ordered by the form. */
function ordered(more: Parameters<DomainAccount['sign']>[0] = {}): DomainAccount {
  return new DomainAccount(RATES).sign({ taxRate: '0.19', purchases: [{ credits: '100' }], ...more });
}

function purchase(account: DomainAccount, purchaseId = 'OF-1-0'): Purchase {
  const found = account.state.purchases.get(purchaseId);
  if (found === undefined) throw new Error(`no purchase ${purchaseId}`);
  return found;
}

function pay(account: DomainAccount, money: string, id = `pay-${account.state.seq}`, purchaseId = 'OF-1-0') {
  return account.command('record-payment', { provider: 'bank', providerPaymentId: id, purchaseId, amount: amount(money), currency: 'EUR', receivedAt: account.now });
}

function takeBack(account: DomainAccount, money: string, of: string, reversalId = `back-${account.state.seq}`) {
  return account.command('reverse-payment', {
    provider: 'bank',
    providerPaymentId: of,
    reversalId,
    amount: amount(money),
    currency: 'EUR',
    reversedAt: account.now,
    reason: 'chargeback',
  });
}

function withhold(account: DomainAccount, money: string) {
  return account.command('record-withholding', { purchaseId: 'OF-1-0', amount: amount(money), currency: 'EUR', certificate: 'cert-7' });
}

function bucketsOf(account: DomainAccount): Record<string, string> {
  const [lot] = [...account.state.lots, ...account.state.otherLots.values()];
  if (lot === undefined) throw new Error('no lot');
  const { available, held, consumed, frozen } = lot.buckets;
  return { available: available.toFixed(), held: held.toFixed(), consumed: consumed.toFixed(), frozen: frozen.toFixed(), owed: lot.freezeOwed.toFixed() };
}

const detailOf = (entry: Entry): Record<string, unknown> => JSON.parse(entry.detail) as Record<string, unknown>;
const typesOf = (booked: readonly { entry: Entry }[]): string[] => booked.map(({ entry }) => entry.type);

describe('more than what is owed (SPEC 7)', () => {
  it('is allocated all the same, and the excess is a break that the answer can name', () => {
    const account = ordered();
    const { booked } = account.send(pay(account, '12', 'p'));
    expect(typesOf(booked).slice(0, 2)).toEqual(['payment', 'allocation']);
    expect(detailOf(booked[0]?.entry as Entry)).toMatchObject({ amount: '12.00', excess: '0.10', owed: '0.00', allocated: true });
    expect(purchase(account).paid.toFixed(2)).toBe('11.90');
    const found = booked[0]?.effects.break;
    expect([found?.kind, found?.money?.amount.toFixed(2), found?.reference]).toEqual(['payment-excess', '0.10', '["bank","p"]']);
    expect(breakId({ kind: 'payment-excess', reference: '["bank","p"]' })).toHaveLength(32);
    expect(differencesOf(account)).toEqual([]);
  });

  it('is nobody’s guess where nothing is owed: allocated, voided, lapsed, or after the Term', () => {
    const account = ordered();
    account.book(pay(account, '11.90'));
    expect(account.refused(pay(account, '1'))).toBe('purchase-not-payable');
    const voided = ordered();
    voided.book(voided.command('void-purchase', { purchaseId: 'OF-1-0', reason: 'signed twice' }));
    expect(voided.refused(pay(voided, '11.90'))).toBe('purchase-not-payable');
    const late = ordered();
    late.now = Date.parse('2028-03-01T00:00:00Z');
    late.runDue();
    expect(purchase(late).state).toBe('overdue');
    expect(late.refused(pay(late, '11.90'))).toBe('purchase-not-payable');
  });
});

describe('less than what is owed (SPEC 7)', () => {
  it('counts certified withholding as paid, but never without any payment (P3)', () => {
    const account = ordered();
    expect(account.refused(withhold(account, '11.90'))).toBe('payment-not-received');
    account.book(withhold(account, '1.90'));
    expect(purchase(account).state).toBe('partially_paid');
    expect(account.refused(withhold(account, '10'))).toBe('payment-not-received');
    const { booked } = account.send(pay(account, '10'));
    expect(typesOf(booked).slice(0, 2)).toEqual(['payment', 'allocation']);
    expect(differencesOf(account)).toEqual([]);
  });

  it('is completed by a withholding that comes after the payment', () => {
    const account = ordered();
    account.book(pay(account, '10'));
    expect(account.refused(withhold(account, '1.91'))).toBe('invalid-request');
    const { booked } = account.send(withhold(account, '1.90'));
    expect(typesOf(booked).slice(0, 2)).toEqual(['withholding', 'allocation']);
    expect(detailOf(booked[0]?.entry as Entry)).toMatchObject({ amount: '1.90', certificate: 'cert-7', owed: '0.00' });
    expect(differencesOf(account)).toEqual([]);
  });

  it('may be written off within the tolerance of the order form, with a reason', () => {
    const account = ordered({ shortfallTolerance: '0.005' });
    const writeOff = () => account.command('write-off-shortfall', { purchaseId: 'OF-1-0', reason: 'fees of the bank' });
    expect(account.refused(writeOff())).toBe('payment-not-received');
    account.book(pay(account, '11.84'));
    expect(account.refused(writeOff())).toBe('shortfall-exceeds-tolerance');
    account.book(pay(account, '0.01'));
    const { booked } = account.send(writeOff());
    expect(typesOf(booked).slice(0, 2)).toEqual(['write-off', 'allocation']);
    expect(detailOf(booked[0]?.entry as Entry)).toEqual({ amount: '0.05', currency: 'EUR', reason: 'fees of the bank' });
    expect(formatCredits(account.state.available)).toBe('100.000000000');
    expect(differencesOf(account)).toEqual([]);
  });

  it('stays overdue until it is paid in full, by whatever counts', () => {
    const account = ordered({ paymentDueDays: '3' });
    account.now += 10 * DAY;
    account.runDue();
    account.book(pay(account, '5', 'late'));
    account.book(withhold(account, '1'));
    expect(purchase(account).state).toBe('overdue');
    account.book(takeBack(account, '5', 'late'));
    expect(purchase(account).state).toBe('overdue');
    account.book(pay(account, '10.90'));
    expect(purchase(account).state).toBe('allocated');
    expect(differencesOf(account)).toEqual([]);
  });
});

describe('voiding (P4)', () => {
  it('is for an operator, while nothing was received', () => {
    const account = ordered();
    const voiding = () => account.command('void-purchase', { purchaseId: 'OF-1-0', reason: 'signed twice' });
    account.book(pay(account, '5', 'first'));
    expect(account.refused(voiding())).toBe('purchase-final');
    account.book(takeBack(account, '5', 'first'));
    expect(purchase(account).state).toBe('awaiting_payment');
    expect(account.book(voiding()).type).toBe('purchase-voided');
    expect(account.refused(voiding())).toBe('purchase-not-payable');
    expect(account.refused(account.command('void-purchase', { purchaseId: 'other', reason: '-' }))).toBe('purchase-not-found');
    expect(differencesOf(account)).toEqual([]);
  });

  it('is refused once credits were allocated: a purchase is final', () => {
    const account = ordered();
    account.book(pay(account, '11.90'));
    expect(account.refused(account.command('void-purchase', { purchaseId: 'OF-1-0', reason: 'regret' }))).toBe('purchase-final');
  });
});

describe('a payment that the bank takes back (SPEC 7)', () => {
  it('before the allocation is simply owed again', () => {
    const account = ordered();
    account.book(pay(account, '6', 'a'));
    account.book(takeBack(account, '2', 'a'));
    expect([purchase(account).paid.toFixed(2), purchase(account).state]).toEqual(['4.00', 'partially_paid']);
    account.book(takeBack(account, '4', 'a'));
    expect([purchase(account).paid.toFixed(2), purchase(account).state]).toEqual(['0.00', 'awaiting_payment']);
    expect(account.refused(takeBack(account, '0.01', 'a'))).toBe('reversal-exceeds-payment');
    account.book(pay(account, '11.90', 'b'));
    expect(differencesOf(account)).toEqual([]);
  });

  it('after it freezes at most the credits that its money bought, and another payment’s stay', () => {
    const account = ordered();
    account.book(pay(account, '4.76', 'a'));
    account.book(pay(account, '7.14', 'b'));
    const { booked } = account.send(takeBack(account, '4.76', 'a'));
    expect(typesOf(booked)).toEqual(['payment-reversed', 'freeze']);
    expect(booked[0]?.effects.break).toMatchObject({ kind: 'payment-reversed', reference: expect.stringContaining('back-') });
    expect(bucketsOf(account)).toEqual({ available: '60', held: '0', consumed: '0', frozen: '40', owed: '0' });
    expect(purchase(account).state).toBe('allocated');
    expect(differencesOf(account)).toEqual([]);
  });

  it('lets open holds go on, and takes what they release', () => {
    const account = ordered();
    account.book(pay(account, '11.90', 'a'));
    account.book(account.use('captions', { minutes: '10' }));
    const estimate = { credits: amount('50') };
    account.book(account.command('place-hold', { holdId: 'h', feature: 'captions', estimate, ttlMs: DAY, maxCapture: null }));
    account.book(takeBack(account, '11.90', 'a'));
    expect(bucketsOf(account)).toMatchObject({ available: '0', held: '50', consumed: '30', frozen: '20' });
    account.book(account.command('release-hold', { holdId: 'h' }));
    expect(bucketsOf(account)).toMatchObject({ available: '0', held: '0', consumed: '30', frozen: '70' });
    expect(differencesOf(account)).toEqual([]);
  });

  it('in parts never freezes more than the whole, whatever the parts are', () => {
    const account = ordered({ purchases: [{ credits: '1' }], unitPrice: '0.03', taxRate: '0' });
    account.book(pay(account, '0.03', 'a'));
    const frozen = ['0.01', '0.01', '0.01'].map((money) => {
      account.book(takeBack(account, money, 'a'));
      return bucketsOf(account)['frozen'];
    });
    expect(frozen).toEqual(['0.333333333', '0.666666666', '1']);
    expect(differencesOf(account)).toEqual([]);
  });

  it('takes what was paid too much first: that bought nothing', () => {
    const account = ordered();
    account.book(pay(account, '20', 'a'));
    const { booked } = account.send(takeBack(account, '8.10', 'a'));
    expect(typesOf(booked)).toEqual(['payment-reversed']);
    expect(detailOf(booked[0]?.entry as Entry)).toMatchObject({ ofPrice: '0.00', disputed: '0.000000000' });
    account.book(takeBack(account, '1.19', 'a'));
    expect(bucketsOf(account)).toMatchObject({ available: '90', frozen: '10' });
    expect(differencesOf(account)).toEqual([]);
  });

  it('is booked once under the provider’s id, and only of a payment of this account', () => {
    const account = ordered();
    account.book(pay(account, '11.90', 'a'));
    account.book(takeBack(account, '1', 'a', 'same'));
    expect(account.refused(takeBack(account, '1', 'a', 'same'))).toBe('reversal-conflict');
    expect(account.refused(takeBack(account, '1', 'b'))).toBe('payment-not-found');
  });
});

describe('prices (P4)', () => {
  const price = (version: number, effectiveDate: string, unitPrice: string, more: Partial<PriceVersion> = {}): PriceVersion => ({
    cardId: 'standard',
    currency: 'EUR',
    version,
    effectiveDate,
    unitPrice,
    ...more,
  });
  const LIST = [price(1, '2026-06-15', '0.2'), price(3, '2026-07-01', '0.25'), price(2, '2026-07-02', '0.5'), price(9, '2026-01-01', '7', { currency: 'USD' })];
  const bought = (account: DomainAccount): unknown[] => {
    const entry = account.book(account.command('place-purchase', { purchaseId: `p-${account.now}`, orderFormId: null, credits: amount('10'), prices: account.prices }));
    const { unitPrice, priceVersion } = detailOf(entry);
    return [unitPrice, priceVersion];
  };
  const at = (instant: string, more: Parameters<DomainAccount['sign']>[0] = {}): DomainAccount => {
    const account = new DomainAccount(RATES).sign(more);
    account.prices = LIST;
    account.now = Date.parse(instant);
    return account;
  };

  it('are the then-current ones, from the licensee’s own midnight; of several in force the highest version counts', () => {
    const zone = { timeZone: 'Pacific/Kiritimati' };
    expect(bought(at('2026-06-15T12:00:00Z'))).toEqual(['0.2', 'standard/EUR@1']);
    expect(bought(at('2026-06-30T09:59:59.999Z', zone))).toEqual(['0.2', 'standard/EUR@1']);
    expect(bought(at('2026-06-30T10:00:00Z', zone))).toEqual(['0.25', 'standard/EUR@3']);
    expect(bought(at('2026-09-01T00:00:00Z'))).toEqual(['0.25', 'standard/EUR@3']);
  });

  it('are the order form’s where it says so, or where the card has none in its currency', () => {
    expect(bought(at('2026-06-20T00:00:00Z', { laterPrices: 'order-form' }))).toEqual(['0.1', null]);
    expect(bought(at('2026-06-20T00:00:00Z', { currency: 'JPY', unitPrice: '12' }))).toEqual(['12', null]);
  });

  it('do not touch what a signed form itself contains', () => {
    const account = at('2026-09-01T00:00:00Z').sign({ purchases: [{ credits: '10' }] });
    expect(purchase(account, 'OF-2-0').unitPrice).toBe('0.1');
    expect(differencesOf(account)).toEqual([]);
  });

  it('hold for a quote until it expires, and it is never repriced', () => {
    const account = at('2026-06-20T00:00:00Z');
    const terms = {
      orderFormId: 'OF-1',
      credits: amount('10'),
      unitPrice: '0.2',
      priceVersion: 'standard/EUR@1',
      currency: 'EUR',
      price: amount('2'),
      tax: amount('0'),
      cardId: 'standard',
      rateVersion: 'standard@1',
    };
    const quote: PurchaseQuote = { ...terms, quoteId: 'q', quotedAt: account.now, expiresAt: account.now + DAY };
    const place = (offered: PurchaseQuote) =>
      account.command('place-purchase', { purchaseId: offered.quoteId, orderFormId: offered.orderFormId, credits: offered.credits, prices: LIST, quote: offered });
    account.now = quote.expiresAt;
    expect(account.refused(place(quote))).toBe('quote-expired');
    account.now -= 1;
    expect(account.refused(place({ ...quote, price: amount('1.99') }))).toBe('quote-expired');
    account.book(place(quote));
    expect(account.refused(place(quote))).toBe('purchase-exists');
    // A price that came into force in between makes it stale before its time.
    account.now = Date.parse('2026-07-01T00:00:00Z');
    expect(account.refused(place({ ...quote, quoteId: 'r', expiresAt: account.now + DAY }))).toBe('quote-expired');
  });
});
