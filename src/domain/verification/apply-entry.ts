import { formatCredits } from '../credits.js';
import type { Entry } from '../entry.js';
import { checkNotice, checkOrderForm } from './check-agreement.js';
import { checkAlertRules, checkEvents } from './check-alerts.js';
import { checkPurchase, checkUnpaid, checkVoided } from './check-buying.js';
import { checkCapture } from './check-capture.js';
import { applyPostings, checkChain, checkKey } from './check-chain.js';
import { checkAdjustment, checkDispute, checkDisputeOutcome, checkRefund } from './check-correction.js';
import { checkDebit } from './check-debit.js';
import { checkFreeze, checkFreezeEnd } from './check-freeze.js';
import { checkEnd, checkExtension as checkHoldExtension, checkHold } from './check-hold.js';
import { checkAllocation, checkGrant } from './check-issue.js';
import { checkBounce, checkDelivery, checkRateWithdrawal } from './check-notice.js';
import { checkAccountingDate, checkPeriodClosing, checkPeriodReopening } from './check-period.js';
import { checkPayment, checkWithholding, checkWriteOff } from './check-paying.js';
import { checkDueFreeze, checkPaymentReversal } from './check-payment-reversal.js';
import { checkReversal } from './check-reversal.js';
import { balanceIn, checkDueCredit, checkStatus, noteDueCredit } from './check-status.js';
import { checkDueExtension, checkExtension, checkLapse, noteDueExtension } from './check-term.js';
import { checkTransferIn, checkTransferOut } from './check-transfer.js';
import { checkSettlement, checkWaiver, compareRefundedReturn, compareUnfunded } from './check-unfunded.js';
import type { Findings } from './difference.js';
import { checkNothingWasDue } from './due-by-then.js';
import { atEntry, type EntryRecord, type Replay } from './replay.js';

/** Checks one entry against all that came before it, and moves the replay on. Never throws. */
export function applyEntry(replay: Replay, record: EntryRecord, findings: Findings): void {
  const { entry } = record;
  readably(entry, findings, () => {
    checkChain(replay, record, findings);
    checkKey(entry, findings);
  });
  checkNothingWasDue(replay, entry, findings);
  checkDueCredit(replay, entry, findings);
  checkDueExtension(replay, entry, findings);
  checkDueFreeze(replay, entry, findings);
  readably(entry, findings, () => {
    checkMatter(replay, record, findings);
    compareUnfunded(entry, record.unfunded, findings);
    checkAccountingDate(replay, entry, findings);
    compareRefundedReturn(entry, record.refundedReturn, findings);
  });
  const before = balanceIn(replay);
  applyPostings(replay, entry, findings);
  readably(entry, findings, () => {
    checkEvents(replay, entry, before, record.events, findings);
  });
  noteDueCredit(replay, before, entry);
}

/** Names the entries that are missing at the end, and a change of status that never came. */
export function finishReplay(replay: Replay, lastSeq: number, findings: Findings): void {
  if (replay.seq < lastSeq) {
    findings.differ('account', 'sequence: entries are missing at the end', `entries up to ${lastSeq}`, `entries up to ${replay.seq}`);
  }
  if (replay.dueCredit !== null) {
    findings.differ(`entry ${replay.dueCredit.cites}`, 'status that it causes', replay.dueCredit.to, 'no entry');
  }
  if (replay.dueFreeze !== null) findings.differ(`entry ${replay.dueFreeze.cites}`, 'freeze that it causes', formatCredits(replay.dueFreeze.asked), 'no entry');
  if (replay.dueExtension !== null) findings.differ('account', 'order form that extends the Term', replay.dueExtension.type, 'no entry');
}

function checkMatter(replay: Replay, { entry, payment, paymentReversal, cited, transfer }: EntryRecord, findings: Findings): void {
  const detail = JSON.parse(entry.detail) as Record<string, unknown>;
  switch (entry.type) {
    case 'order-form':
      checkOrderForm(replay, entry, detail, findings);
      noteDueExtension(replay, entry);
      break;
    case 'notice':
      checkNotice(replay, entry, detail, findings);
      break;
    case 'notice-delivered':
      checkDelivery(replay, entry, detail, findings);
      break;
    case 'notice-withdrawn':
      checkRateWithdrawal(replay, entry, detail, findings);
      break;
    case 'notice-bounced':
      checkBounce(replay, entry, detail, findings);
      break;
    case 'purchase':
      checkPurchase(replay, entry, detail, findings);
      break;
    case 'payment':
      checkPayment(replay, entry, detail, payment, findings);
      break;
    case 'withholding':
      checkWithholding(replay, entry, detail, findings);
      break;
    case 'write-off':
      checkWriteOff(replay, entry, detail, findings);
      break;
    case 'payment-reversed':
      checkPaymentReversal(replay, entry, detail, paymentReversal, findings);
      break;
    case 'purchase-voided':
      checkVoided(replay, entry, detail, findings);
      break;
    case 'allocation':
      checkAllocation(replay, entry, detail, findings);
      return;
    case 'grant':
      checkGrant(replay, entry, detail, findings);
      return;
    case 'debit':
      checkDebit(replay, entry, detail, findings);
      return;
    case 'reversal':
      checkReversal(replay, entry, detail, cited, findings);
      return;
    case 'capture':
      checkCapture(replay, entry, detail, findings);
      return;
    case 'hold':
      checkHold(replay, entry, detail, findings);
      return;
    case 'hold-released':
    case 'hold-expired':
      checkEnd(replay, entry, detail, findings);
      return;
    case 'lapse':
      checkLapse(replay, entry, detail, findings);
      return;
    case 'rollover':
    case 'reinstatement':
      checkExtension(replay, entry, detail, findings);
      return;
    case 'freeze':
      checkFreeze(replay, entry, detail, findings);
      return;
    case 'freeze-released':
    case 'withdrawal':
      checkFreezeEnd(replay, entry, detail, findings);
      return;
    case 'adjustment':
      checkAdjustment(replay, entry, detail, findings);
      return;
    case 'refund':
      checkRefund(replay, entry, detail, findings);
      return;
    case 'transfer-out':
      checkTransferOut(replay, entry, detail, transfer, findings);
      return;
    case 'transfer-in':
      checkTransferIn(replay, entry, detail, transfer, findings);
      return;
    case 'settlement':
      checkSettlement(replay, entry, detail, cited, findings);
      return;
    case 'waiver':
      checkWaiver(entry, detail, cited, findings);
      break;
    case 'dispute':
      checkDispute(replay, entry, detail, findings);
      break;
    case 'dispute-outcome':
      checkDisputeOutcome(replay, entry, detail, findings);
      break;
    case 'period-closed':
      checkPeriodClosing(replay, entry, detail, findings);
      break;
    case 'period-reopened':
      checkPeriodReopening(replay, entry, detail, findings);
      break;
    case 'alert-rules':
      checkAlertRules(replay, entry, detail, findings);
      break;
    case 'hold-extended':
      checkHoldExtension(replay, entry, detail, findings);
      break;
    case 'purchase-overdue':
    case 'purchase-lapsed':
      checkUnpaid(replay, entry, detail, findings);
      break;
    case 'status':
      checkStatus(replay, entry, detail, findings);
      break;
    default:
      findings.differ(atEntry(entry), 'type', 'a known one', entry.type);
      return;
  }
  findings.same(atEntry(entry), 'number of postings', 0, entry.postings.length);
}

/** What an entry holds may be anything once somebody has changed it: what cannot be read is a difference, not a crash. */
function readably(entry: Entry, findings: Findings, check: () => void): void {
  try {
    check();
  } catch (error) {
    findings.differ(atEntry(entry), 'content', 'one that can be read', error instanceof Error ? error.message : String(error));
  }
}
