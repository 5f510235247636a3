import { ZERO, type Amount } from './credits.js';
import { formatMoney, roundMoney } from './money.js';

/** A payment under an order form, with the purchase that it was for. */
export interface LiabilityPayment {
  readonly purchaseId: string;
  readonly currency: string;
  /** What is due for the purchase. */
  readonly price: Amount;
  readonly tax: Amount;
  /** What of the payment was for it: without what was more than what was owed. */
  readonly paid: Amount;
  readonly excess: Amount;
  /** What the bank had taken back of it by then. */
  readonly reversed: Amount;
}

/** Of one currency; texts at its scale. */
export interface LiabilitySum {
  readonly currency: string;
  readonly payments: number;
  /** Received for purchases, tax included. */
  readonly gross: string;
  /** The share of tax in `gross`. */
  readonly tax: string;
  /** What of `gross` the bank took back, tax included. */
  readonly reversed: string;
  /** What is left, exclusive of tax. */
  readonly net: string;
  /** Received, but more than what was owed: not part of `gross`. */
  readonly excess: string;
}

interface Sum {
  payments: number;
  gross: Amount;
  tax: Amount;
  reversed: Amount;
  net: Amount;
  excess: Amount;
}

interface PurchaseSum {
  readonly of: LiabilityPayment;
  gross: Amount;
  reversed: Amount;
}

/**
 * Liability evidence (s.7): what was received, in proportion to price and tax of each purchase, so that the shares of a
 * purchase that was paid in parts add up. It is evidence, not the cap.
 */
export function liability(payments: readonly LiabilityPayment[]): LiabilitySum[] {
  const purchases = new Map<string, PurchaseSum>();
  const currencies = new Map<string, Sum>();
  for (const payment of payments) {
    const { currency, purchaseId, paid, excess } = payment;
    const sum = currencies.get(currency) ?? { payments: 0, gross: ZERO, tax: ZERO, reversed: ZERO, net: ZERO, excess: ZERO };
    currencies.set(currency, sum);
    sum.payments += 1;
    sum.excess = sum.excess.add(excess);
    const purchase = purchases.get(purchaseId) ?? { of: payment, gross: ZERO, reversed: ZERO };
    purchases.set(purchaseId, purchase);
    purchase.gross = purchase.gross.add(paid);
    // What was paid too much goes back first.
    if (payment.reversed.gt(excess)) purchase.reversed = purchase.reversed.add(payment.reversed.sub(excess));
  }
  for (const { of, gross, reversed } of purchases.values()) {
    const sum = currencies.get(of.currency) as Sum;
    const left = gross.sub(reversed);
    sum.gross = sum.gross.add(gross);
    sum.reversed = sum.reversed.add(reversed);
    sum.tax = sum.tax.add(taxIn(gross, of));
    sum.net = sum.net.add(left.sub(taxIn(left, of)));
  }
  return [...currencies]
    .map(([currency, { payments: count, gross, tax, reversed, net, excess }]) => {
      const money = (value: Amount): string => formatMoney(value, currency);
      return { currency, payments: count, gross: money(gross), tax: money(tax), reversed: money(reversed), net: money(net), excess: money(excess) };
    })
    .sort((a, b) => (a.currency < b.currency ? -1 : 1));
}

function taxIn(money: Amount, { price, tax, currency }: LiabilityPayment): Amount {
  return roundMoney(money.mul(tax).div(price.add(tax)), currency);
}
