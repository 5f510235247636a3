import fc from 'fast-check';
import { amount } from '../../src/domain/credits.js';
import type { PriceVersion } from '../../src/domain/price.js';
import { amountOwed } from '../../src/domain/purchase.js';
import type { DomainAccount } from './domain-account.js';

/** What finance and the bank may do to what was bought. */
export type PayingStep =
  | { readonly do: 'order'; readonly credits: string }
  | { readonly do: 'pay'; readonly nth: number; readonly part: string }
  | { readonly do: 'bounce'; readonly nth: number; readonly part: string }
  | { readonly do: 'withhold'; readonly nth: number; readonly part: string }
  | { readonly do: 'write-off'; readonly nth: number }
  | { readonly do: 'void'; readonly nth: number };

const nth = fc.nat(20);
const part = fc.constantFrom('0.01', '0.25', '0.5', '0.99', '0.995', '1', '1', '1.2');
export const payingStep: fc.Arbitrary<PayingStep> = fc.oneof(
  { weight: 3, arbitrary: fc.record({ do: fc.constant('order' as const), credits: fc.constantFrom('1', '7.5', '33.333333333', '1000') }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('pay' as const), nth, part }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('bounce' as const), nth, part }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('withhold' as const), nth, part }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('write-off' as const), nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('void' as const), nth }) },
);

/** In force throughout every history: what is bought later than the order form costs this. */
export const PRICES: readonly PriceVersion[] = [
  { cardId: 'standard', currency: 'EUR', version: 1, effectiveDate: '2020-01-01', unitPrice: '0.2' },
  { cardId: 'standard', currency: 'USD', version: 4, effectiveDate: '2020-01-01', unitPrice: '9' },
  { cardId: 'standard', currency: 'EUR', version: 2, effectiveDate: '2026-06-16', unitPrice: '0.3' },
];

export function playPaying(account: DomainAccount, wanted: PayingStep): void {
  const { state } = account;
  if (wanted.do === 'order') {
    const purchaseId = `order-${state.seq}`;
    account.send(account.command('place-purchase', { purchaseId, orderFormId: null, credits: amount(wanted.credits), prices: account.prices }));
    return;
  }
  if (wanted.do === 'bounce') {
    const payments = [...state.payments.values()];
    const payment = payments[wanted.nth % Math.max(payments.length, 1)];
    if (payment === undefined) return;
    const money = payment.amount.mul(wanted.part).toDecimalPlaces(2);
    const { provider, providerPaymentId, currency } = payment;
    const reversal = { provider, providerPaymentId, reversalId: `back-${state.seq}`, amount: money, currency, reversedAt: account.now, reason: 'chargeback' };
    if (!money.isZero()) account.send(account.command('reverse-payment', reversal));
    return;
  }
  const purchases = [...state.purchases.values()].reverse();
  const purchase = purchases[wanted.nth % Math.max(purchases.length, 1)];
  if (purchase === undefined) return;
  const { purchaseId, currency } = purchase;
  if (wanted.do === 'void') {
    account.send(account.command('void-purchase', { purchaseId, reason: 'test' }));
    return;
  }
  if (wanted.do === 'write-off') {
    account.send(account.command('write-off-shortfall', { purchaseId, reason: 'bank fees' }));
    return;
  }
  const money = amountOwed(purchase).mul(wanted.part).toDecimalPlaces(2);
  if (money.isZero()) return;
  if (wanted.do === 'withhold') {
    account.send(account.command('record-withholding', { purchaseId, amount: money, currency, certificate: 'cert-1' }));
    return;
  }
  const payment = { provider: 'bank', providerPaymentId: `pay-${state.seq}`, purchaseId, amount: money, currency, receivedAt: account.now };
  account.send(account.command('record-payment', payment));
}
