import type { EntryType } from '../../domain/entry.js';

export interface Clause {
  /** P1 to P8: the bullets of the addendum's section "PAYMENTS". */
  readonly clause: string;
  readonly rule: string;
}

const P1: Clause = { clause: 'P1', rule: 'Use runs under subscription, trial or credits, as the order form says; credits are consumed at its rates.' };
const P2: Clause = { clause: 'P2', rule: "Rates change with 30 days' prior written notice, and only for credits purchased after." };
const P3: Clause = { clause: 'P3', rule: 'Credits are allocated when payment has been received.' };
const P4: Clause = { clause: 'P4', rule: 'A purchase is final. Credits are valid for the whole Term.' };
const P5: Clause = { clause: 'P5', rule: 'What the balance cannot cover may be limited or suspended until credits are bought.' };
const P6: Clause = { clause: 'P6', rule: "Nothing is bought or charged on the licensee's behalf: only the licensee buys." };
const P7: Clause = { clause: 'P7', rule: 'Credits are non-transferable without prior written consent, and have no cash value.' };
const P8: Clause = { clause: 'P8', rule: 'Prices are exclusive of tax.' };

const S7: Clause = { clause: 's.7', rule: 'An alleged breach is notified in writing within ten days of becoming aware of it.' };

/** The terms under which each type of entry is made. */
export const CLAUSES: Readonly<Record<EntryType, readonly Clause[]>> = {
  'order-form': [P1, P6],
  notice: [P2],
  'notice-delivered': [P2],
  'notice-bounced': [P2, P3],
  'notice-withdrawn': [P2],
  purchase: [P4, P6, P8],
  'purchase-voided': [P4],
  payment: [P3, P8],
  withholding: [P3, P8],
  'write-off': [P3],
  'payment-reversed': [P3],
  allocation: [P3, P4],
  grant: [P1],
  debit: [P1, P2],
  reversal: [P1],
  status: [P5],
  hold: [P5],
  'hold-extended': [P5],
  'hold-released': [P5],
  'hold-expired': [P5],
  capture: [P1, P2],
  lapse: [P4],
  rollover: [P4],
  reinstatement: [P4],
  'purchase-overdue': [P3],
  'purchase-lapsed': [P3],
  freeze: [P3],
  'freeze-released': [P3],
  withdrawal: [P3],
  adjustment: [P4],
  refund: [P4],
  'transfer-out': [P7],
  'transfer-in': [P7],
  settlement: [P2, P6],
  waiver: [P6],
  dispute: [S7],
  'dispute-outcome': [S7],
  'period-closed': [],
  'period-reopened': [],
  'alert-rules': [P5],
};
