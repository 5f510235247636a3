import { instantText } from '../calendar.js';
import { ZERO, amount, least, type Amount } from '../credits.js';
import type { Entry } from '../entry.js';
import { formatMoney } from '../money.js';
import { amountDue, amountOwed, paymentKey, type Purchase } from '../purchase.js';
import { hasLapsed } from '../term.js';
import { sameInstant } from './check-agreement.js';
import type { Findings } from './difference.js';
import { atEntry, member, type PaymentRow, type Replay, type ReplayedPurchase } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

/** A payment is for a purchase of the account, in its currency, and on record once; more than was owed bought nothing (P3). */
export function checkPayment(replay: Replay, entry: Entry, detail: Detail, row: PaymentRow | null, findings: Findings): void {
  const at = atEntry(entry);
  const text = (name: string): string => member(detail, name) ?? '';
  const received = amount(text('amount'));
  checkRow(replay, entry, detail, row, findings);
  sameInstant(findings, at, 'receivedAt', entry.occurredAt, Date.parse(text('receivedAt')));
  const bought = boughtBy(replay, entry, findings);
  if (bought === null) return;
  const { purchase } = bought;
  const paid = least(received, amountOwed(purchase));
  const excess = received.sub(paid);
  const late = purchase.state === 'lapsed' && entry.occurredAt >= purchase.paymentDueAt;
  if (late) findings.differ(at, 'receivedAt', `before ${instantText(purchase.paymentDueAt)}`, instantText(entry.occurredAt));
  checkPayable(bought, entry, findings, 'lapsed');
  if (hasLapsed(replay.contract, entry.recordedAt)) findings.differ(at, 'Term', 'one that has not lapsed', 'lapsed');
  findings.same(at, 'currency', purchase.currency, text('currency'));
  findings.same(at, 'more than what was owed', formatMoney(excess, purchase.currency), text('excess'));
  if (!excess.isZero()) findings.same(at, 'break that it shows', 'payment-excess', row?.breakKind ?? null);
  moveOn(bought, { ...purchase, paid: purchase.paid.add(paid) }, entry, detail, findings);
  replay.payments.set(paymentKey(text('provider'), text('providerPaymentId')), {
    provider: text('provider'),
    providerPaymentId: text('providerPaymentId'),
    purchaseId: purchase.purchaseId,
    amount: received,
    currency: text('currency'),
    receivedAt: entry.occurredAt,
    excess,
    reversed: ZERO,
    reversalIds: [],
  });
}

/** Certified withholding counts as paid, and is never all that is due (P3). */
export function checkWithholding(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const bought = boughtBy(replay, entry, findings);
  if (bought === null) return;
  const { purchase } = bought;
  const credited = amount(member(detail, 'amount') ?? '0');
  checkPayable(bought, entry, findings);
  findings.same(at, 'currency', purchase.currency, member(detail, 'currency'));
  if (credited.gt(amountOwed(purchase)) || purchase.withheld.add(credited).gte(amountDue(purchase))) {
    findings.differ(at, 'amount', 'at most what is owed, and less than all that is due', credited);
  }
  if (member(detail, 'certificate') === null) findings.differ(at, 'certificate', 'one', null);
  moveOn(bought, { ...purchase, withheld: purchase.withheld.add(credited) }, entry, detail, findings);
}

/** A shortfall within the order form's tolerance, of a purchase that something was received for. */
export function checkWriteOff(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const bought = boughtBy(replay, entry, findings);
  if (bought === null) return;
  const { purchase } = bought;
  const owed = amountOwed(purchase);
  checkPayable(bought, entry, findings);
  findings.same(at, 'amount', formatMoney(owed, purchase.currency), member(detail, 'amount'));
  const form = replay.contract.orderForms.find(({ orderFormId }) => orderFormId === purchase.orderFormId);
  const tolerated = amountDue(purchase).mul(form?.shortfallTolerance ?? '0');
  if (owed.gt(tolerated)) findings.differ(at, 'shortfall', `at most ${tolerated.toFixed()}`, owed);
  if (purchase.paid.isZero()) findings.differ(at, 'money received for the purchase', 'some', purchase.paid);
  if (member(detail, 'reason') === null) findings.differ(at, 'reason', 'one', null);
  bought.purchase = { ...purchase, writtenOff: purchase.writtenOff.add(owed), state: 'allocated' };
  bought.paidBy ??= entry.seq;
}

function checkPayable({ purchase }: ReplayedPurchase, entry: Entry, findings: Findings, also?: Purchase['state']): void {
  const { state } = purchase;
  if (state === 'awaiting_payment' || state === 'partially_paid' || state === 'overdue' || state === also) return;
  findings.differ(atEntry(entry), 'state of the purchase', 'one in which something is owed', state);
}

/** The purchase after what counts as paid, as the entry has to state it. */
function moveOn(bought: ReplayedPurchase, after: Purchase, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const owed: Amount = amountOwed(after);
  const full = owed.isZero();
  findings.same(at, 'amount still owed', formatMoney(owed, after.currency), member(detail, 'owed'));
  findings.same(at, 'allocated', full, detail['allocated'] as boolean);
  if (full) bought.paidBy ??= entry.seq;
  const part = after.state === 'overdue' ? 'overdue' : 'partially_paid';
  bought.purchase = { ...after, state: full ? 'allocated' : part };
}

export function boughtBy(replay: Replay, entry: Entry, findings: Findings): ReplayedPurchase | null {
  const bought = replay.purchases.get(entry.subject ?? '');
  if (bought !== undefined) return bought;
  findings.differ(atEntry(entry), 'purchase', 'one that was placed before', entry.subject);
  return null;
}

function checkRow(replay: Replay, entry: Entry, detail: Detail, row: PaymentRow | null, findings: Findings): void {
  const at = atEntry(entry);
  if (row === null) {
    findings.differ(at, 'payment', `${member(detail, 'provider') ?? ''} ${member(detail, 'providerPaymentId') ?? ''}`, 'no row');
    return;
  }
  const name = `payment ${row.provider} ${row.providerPaymentId}`;
  findings.same(name, 'account', replay.accountId, row.accountId);
  findings.same(name, 'entry', entry.seq, row.seq);
  findings.same(name, 'purchase', entry.subject, row.purchaseId);
  findings.same(name, 'currency', member(detail, 'currency'), row.currency);
  for (const figure of ['amount', 'excess'] as const) {
    const expected = amount(member(detail, figure) ?? '0');
    if (!expected.eq(row[figure])) findings.differ(name, figure, expected, row[figure]);
  }
  sameInstant(findings, name, 'receivedAt', entry.occurredAt, row.receivedAt);
}
