import type { DataSource } from 'typeorm';
import { amount } from '../domain/credits.js';
import { refusal } from '../domain/errors.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { accountExists } from '../postgres/reads/accounts.js';
import { readEntry } from '../postgres/reads/entries.js';
import { commandOrigin, type Requester } from './keyed-request.js';

export interface ReversalRequest {
  /** Share of the action's usage, 0 < share <= 1; absent: all that is left. */
  readonly share?: string | undefined;
  readonly reason: string;
}

/** Gives a debit back, whole or in part, by an entry that cites it (SPEC 12). */
export class ReverseDebit {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
  ) {}

  async run(accountId: string, seq: number, request: ReversalRequest, requester: Requester): Promise<Verdict> {
    const verdict = await this.ledger.execute({
      type: 'reverse',
      ...commandOrigin(requester, 'reverse', accountId, { ...request, seq: String(seq) }),
      seq,
      share: request.share === undefined ? null : amount(request.share),
      reason: request.reason,
    });
    if (verdict.ok || verdict.refusal.code !== 'not-reversible') return verdict;
    const missing = (await accountExists(this.database, accountId)) && (await readEntry(this.database, accountId, seq)) === null;
    return missing ? { ok: false, refusal: refusal('entry-not-found', `The account has no entry ${seq}.`) } : verdict;
  }
}
