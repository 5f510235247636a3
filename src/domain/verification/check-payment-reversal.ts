import { Decimal } from 'decimal.js';
import { CREDIT_SCALE, ZERO, amount, formatCredits, type Amount } from '../credits.js';
import type { Entry } from '../entry.js';
import { formatMoney } from '../money.js';
import { amountDue, paymentKey, type Payment, type Purchase } from '../purchase.js';
import { sameInstant } from './check-agreement.js';
import { boughtBy } from './check-paying.js';
import type { Findings } from './difference.js';
import { lowerDue } from './due-by-then.js';
import { atEntry, member, type PaymentReversalRow, type Replay, type ReplayedPurchase } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

/** SPEC 7: what the bank took back is owed again, or, once allocated, freezes at most the credits that it bought. */
export function checkPaymentReversal(replay: Replay, entry: Entry, detail: Detail, row: PaymentReversalRow | null, findings: Findings): void {
  const at = atEntry(entry);
  const text = (name: string): string => member(detail, name) ?? '';
  checkRow(replay, entry, detail, row, findings);
  sameInstant(findings, at, 'reversedAt', entry.occurredAt, Date.parse(text('reversedAt')));
  const key = paymentKey(text('provider'), text('providerPaymentId'));
  const payment = replay.payments.get(key);
  const bought = boughtBy(replay, entry, findings);
  if (payment === undefined || bought === null) {
    if (payment === undefined) findings.differ(at, 'payment', 'one that was received before', text('providerPaymentId'));
    return;
  }
  const reversed = payment.reversed.add(text('amount'));
  findings.same(at, 'purchase of the payment', payment.purchaseId, entry.subject);
  findings.same(at, 'currency', payment.currency, text('currency'));
  if (payment.reversalIds.includes(text('reversalId'))) findings.differ(at, 'reversal', 'booked once', text('reversalId'));
  if (reversed.gt(payment.amount)) findings.differ(at, 'reversed in all', `at most ${formatMoney(payment.amount, payment.currency)}`, reversed);
  const taken = beyondExcess(reversed, payment).sub(beyondExcess(payment.reversed, payment));
  findings.same(at, 'amount that had paid for the purchase', formatMoney(taken, payment.currency), text('ofPrice'));
  replay.payments.set(key, { ...payment, reversed, reversalIds: [...payment.reversalIds, text('reversalId')] });
  const credits = takeBack(replay, bought, taken, entry, row, findings);
  findings.same(at, 'credits disputed', formatCredits(credits), text('disputed'));
  findings.same(at, 'allocated', bought.purchase.state === 'allocated', detail['allocated'] as boolean);
}

/** Moves the purchase on; the credits that the money had bought. */
function takeBack(
  replay: Replay,
  bought: ReplayedPurchase,
  taken: Amount,
  entry: Entry,
  row: PaymentReversalRow | null,
  findings: Findings,
): Amount {
  const before = bought.purchase;
  if (before.state !== 'allocated') {
    const paid = before.paid.sub(taken);
    const nothing = paid.isZero() && before.withheld.isZero();
    const state = before.state === 'overdue' ? 'overdue' : nothing ? 'awaiting_payment' : 'partially_paid';
    bought.purchase = { ...before, paid, state };
    lowerDue(replay, before.paymentDueAt);
    return ZERO;
  }
  findings.same(atEntry(entry), 'break that it shows', 'payment-reversed', row?.breakKind ?? null);
  bought.purchase = { ...before, reversed: before.reversed.add(taken) };
  const credits = boughtWith(bought.purchase).sub(boughtWith(before));
  const lot = replay.lots.get(bought.lotId ?? 0);
  if (!credits.isZero() && lot?.condition !== 'refunded') replay.dueFreeze = { asked: credits, cites: entry.seq };
  return credits;
}

/** The freeze that a reversed payment causes is recorded by the very next entry, of the same transaction. */
export function checkDueFreeze(replay: Replay, entry: Entry, findings: Findings): void {
  const due = replay.dueFreeze;
  replay.dueFreeze = null;
  if (due === null) return;
  const asked = entry.type === 'freeze' && entry.cites === due.cites ? /"asked":"([\d.]+)"/.exec(entry.detail)?.[1] : undefined;
  if (asked !== formatCredits(due.asked)) {
    findings.differ(`entry ${due.cites}`, 'freeze that it causes', formatCredits(due.asked), asked ?? `entry ${entry.seq} of type ${entry.type}`);
  }
}

function beyondExcess(reversed: Amount, { excess }: Payment): Amount {
  return reversed.gt(excess) ? reversed.sub(excess) : ZERO;
}

function boughtWith(purchase: Purchase): Amount {
  return purchase.credits.mul(purchase.reversed).div(amountDue(purchase)).toDecimalPlaces(CREDIT_SCALE, Decimal.ROUND_DOWN);
}

function checkRow(replay: Replay, entry: Entry, detail: Detail, row: PaymentReversalRow | null, findings: Findings): void {
  const named = `reversal ${member(detail, 'provider') ?? ''} ${member(detail, 'reversalId') ?? ''}`;
  if (row === null) {
    findings.differ(atEntry(entry), 'row', named, 'no row');
    return;
  }
  findings.same(named, 'account', replay.accountId, row.accountId);
  findings.same(named, 'entry', entry.seq, row.seq);
  findings.same(named, 'purchase', entry.subject, row.purchaseId);
  findings.same(named, 'payment', member(detail, 'providerPaymentId'), row.providerPaymentId);
  findings.same(named, 'currency', member(detail, 'currency'), row.currency);
  const expected = amount(member(detail, 'amount') ?? '0');
  if (!expected.eq(row.amount)) findings.differ(named, 'amount', expected, row.amount);
  sameInstant(findings, named, 'reversedAt', entry.occurredAt, row.reversedAt);
}
