import type { AccountState } from '../domain/account-state.js';
import type { Command } from '../domain/command.js';
import { paymentKey, type Purchase } from '../domain/purchase.js';
import type { LedgerConnection } from './connection.js';
import { addLots } from './known-states.js';
import { loadLotsOfPurchases } from './sql/load-lots.js';
import { loadPayments, loadPurchases, type PaymentOfAccount } from './sql/load-purchases.js';

type PaymentCommand = Extract<Command, { readonly providerPaymentId: string }>;

/** Adds the purchases, payments and lots that commands of a batch about purchases name; returns the purchases. */
export async function loadNamedPurchases(
  connection: LedgerConnection,
  states: Map<string, AccountState>,
  commands: readonly Command[],
): Promise<Purchase[]> {
  const onPayments = commands.filter((command): command is PaymentCommand => 'providerPaymentId' in command);
  const named = commands.flatMap((command) => ('purchaseId' in command ? [{ accountId: command.accountId, purchaseId: command.purchaseId }] : []));
  if (named.length + onPayments.length === 0) return [];
  const payments = onPayments.length === 0 ? [] : await loadPayments(connection, onPayments);
  addPayments(states, onPayments, payments);
  const reversed = onPayments.filter(({ type }) => type === 'reverse-payment');
  const ofReversed = reversed.flatMap((command) => {
    const found = payments.find(({ accountId, payment }) => accountId === command.accountId && keyOf(payment) === keyOf(command));
    return found === undefined ? [] : [{ accountId: command.accountId, purchaseId: found.payment.purchaseId }];
  });
  const [purchases, lots] = await Promise.all([
    loadPurchases(connection, [...named, ...ofReversed]),
    ofReversed.length === 0 ? [] : loadLotsOfPurchases(connection, ofReversed),
  ]);
  for (const { accountId, purchase } of purchases) {
    const state = states.get(accountId);
    if (state === undefined || state.purchases.has(purchase.purchaseId)) continue;
    states.set(accountId, { ...state, purchases: new Map(state.purchases).set(purchase.purchaseId, purchase) });
  }
  addLots(states, lots);
  return purchases.map(({ purchase }) => purchase);
}

/** A payment on record is a conflict for every account that names it again, not only for the one it was booked to. */
function addPayments(states: Map<string, AccountState>, commands: readonly PaymentCommand[], payments: readonly PaymentOfAccount[]): void {
  for (const { payment, accountId: bookedTo } of payments) {
    const key = keyOf(payment);
    for (const { accountId, type, ...command } of commands) {
      const state = states.get(accountId);
      if (state === undefined || keyOf(command) !== key || (type === 'reverse-payment' && accountId !== bookedTo)) continue;
      states.set(accountId, { ...state, payments: new Map(state.payments).set(key, payment) });
    }
  }
}

function keyOf({ provider, providerPaymentId }: { readonly provider: string; readonly providerPaymentId: string }): string {
  return paymentKey(provider, providerPaymentId);
}
