import type { DataSource } from 'typeorm';
import type { ErrorCode } from '../domain/errors.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { readAccountIds } from '../postgres/reads/periods.js';
import { commandOrigin, type Requester } from './keyed-request.js';
import type { ActCarrier, ConfirmedAct, SecondOperator, VerdictOrAct } from './second-operator.js';

export interface ReopeningRequest {
  /** Last day of the period that is reopened, with those after it. */
  readonly through: string;
  readonly reason: string;
}

/** What closing the books of every account came to. */
export interface ClosedBooks {
  readonly through: string;
  /** Closed now, or under the same key before. */
  readonly closed: number;
  /** Those that were not, by the reason: closed before, or without an order form, or the day is not over in their calendar. */
  readonly left: Readonly<Partial<Record<ErrorCode, number>>>;
}

/** Accounts looked up at a time, and closed side by side. */
const PAGE = 200;

/** SPEC 13: closes accounting periods, of one account or of all; two operators reopen one. */
export class AccountingPeriods implements ActCarrier {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
    private readonly secondOperator: SecondOperator,
  ) {}

  close(accountId: string, through: string, requester: Requester): Promise<Verdict> {
    return this.ledger.execute({ type: 'close-period', ...commandOrigin(requester, 'close-period', accountId, { through }), through });
  }

  /** Account by account: broken off and asked for again under the same key, it goes on where it was. */
  async closeAll(through: string, requester: Requester): Promise<ClosedBooks> {
    let closed = 0;
    const left: Partial<Record<ErrorCode, number>> = {};
    for (let page = await readAccountIds(this.database, '', PAGE); page.length > 0; page = await readAccountIds(this.database, page.at(-1) ?? '', PAGE)) {
      for (const verdict of await Promise.all(page.map((accountId) => this.close(accountId, through, requester)))) {
        if (verdict.ok) closed += 1;
        else left[verdict.refusal.code] = (left[verdict.refusal.code] ?? 0) + 1;
      }
    }
    return { through, closed, left };
  }

  reopen(accountId: string, request: ReopeningRequest, requester: Requester): Promise<VerdictOrAct> {
    return this.secondOperator.tryOrAsk('period-reopening', accountId, { ...request }, requester, () => this.carry(accountId, request, requester, null));
  }

  carryOut({ accountId, request, requestedBy, confirmer }: ConfirmedAct): Promise<Verdict> {
    return this.carry(accountId, request as unknown as ReopeningRequest, confirmer, requestedBy);
  }

  private carry(accountId: string, { through, reason }: ReopeningRequest, requester: Requester, requestedBy: string | null): Promise<Verdict> {
    return this.ledger.execute({
      type: 'reopen-period',
      ...commandOrigin(requester, 'reopen-period', accountId, { through, reason, requestedBy }),
      through,
      reason,
      requestedBy,
    });
  }
}
