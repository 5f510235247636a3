import type { DataSource } from 'typeorm';
import { monthsBefore } from '../domain/calendar.js';
import { refuse } from '../domain/errors.js';
import { liability, type LiabilitySum } from '../domain/liability.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { readLiabilityPayments } from '../postgres/reads/liability.js';
import { readOrderForms } from '../postgres/reads/order-forms.js';

export interface LiabilityReport {
  readonly from: number;
  readonly before: number;
  readonly currencies: readonly LiabilitySum[];
}

const MONTHS = 12;

/** s.7: payments received under an order form in the twelve months before an instant, by the calendar of its zone. */
export class ReportLiability {
  constructor(private readonly database: DataSource) {}

  async run(accountId: string, orderFormId: string, instant: number | null): Promise<LiabilityReport> {
    const form = (await readOrderForms(this.database, accountId)).find((other) => other.orderFormId === orderFormId);
    if (form === undefined) refuse('order-form-not-found', 'The account has no such order form.');
    const before = instant ?? (await readBusinessTime(this.database)).now;
    const from = monthsBefore(before, MONTHS, form.document.timeZone);
    return { from, before, currencies: liability(await readLiabilityPayments(this.database, accountId, orderFormId, { from, until: before })) };
  }
}
