import type { DataSource } from 'typeorm';
import type { TransferConsent, TransferredTerms } from '../domain/command.js';
import { amount } from '../domain/credits.js';
import type { Entry } from '../domain/entry.js';
import { refusal, type Refusal } from '../domain/errors.js';
import { shortDigest } from '../domain/hash-chain.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { readAccount } from '../postgres/reads/accounts.js';
import { readEntryOfKey } from '../postgres/reads/entries.js';
import { commandOrigin, type Requester } from './keyed-request.js';
import type { ActCarrier, ConfirmedAct, SecondOperator, VerdictOrAct } from './second-operator.js';

export interface TransferRequest {
  readonly lotId: string;
  /** Null: all that is available. */
  readonly credits: string | null;
  readonly toAccountId: string;
  /** Null is refused: credits are non-transferable (P7). */
  readonly consent: TransferConsent | null;
}

/**
 * P7: moves credits to another account, with Kaltura's prior written consent and two operators: an entry in each account under
 * one key. Half of it is a break, and the same request completes it.
 */
export class TransferCredits implements ActCarrier {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Pick<Ledger, 'execute'>,
    private readonly secondOperator: SecondOperator,
  ) {}

  async run(accountId: string, request: TransferRequest, requester: Requester): Promise<VerdictOrAct> {
    return this.secondOperator.tryOrAsk('transfer', accountId, asJson(request), requester, async () => {
      const unfit = request.consent === null ? null : await this.unfitTarget(accountId, request, null);
      return unfit === null ? this.takeOut(accountId, request, requester, null) : { ok: false, refusal: unfit };
    });
  }

  async carryOut({ accountId, request: asked, requestedBy, confirmer }: ConfirmedAct): Promise<Verdict> {
    const request = asked as unknown as TransferRequest;
    const keyDigest = shortDigest(confirmer.idempotencyKey);
    const begun = await readEntryOfKey(this.database, accountId, keyDigest);
    const unfit = begun === null ? await this.unfitTarget(accountId, request, keyDigest) : null;
    if (unfit !== null) return { ok: false, refusal: unfit };
    const left = await this.takeOut(accountId, request, confirmer, requestedBy);
    if (!left.ok) return left;
    const arrived = await this.bringIn(left.entry, confirmer);
    if (arrived.ok) return left;
    return {
      ok: false,
      refusal: refusal('transfer-half-done', 'The credits have left their account and not arrived in the other one. The same request completes it.', {
        data: { cause: arrived.refusal.code, seq: String(left.entry.seq) },
      }),
    };
  }

  /** Whether the other half could not be booked. Looked at before the first one is. */
  private async unfitTarget(accountId: string, { toAccountId }: TransferRequest, keyDigest: string | null): Promise<Refusal | null> {
    if (toAccountId === accountId) return refusal('invalid-request', 'The credits are in that account already.', { pointer: '/toAccountId' });
    const target = await readAccount(this.database, toAccountId);
    if (target === null) return refusal('account-not-found', 'There is no such account.', { pointer: '/toAccountId' });
    if (target.status === 'closed') return refusal('account-closed', 'That account is closed.', { pointer: '/toAccountId' });
    if (keyDigest === null || (await readEntryOfKey(this.database, toAccountId, keyDigest)) === null) return null;
    return refusal('idempotency-key-reused', 'The key of this transfer belongs to another entry of that account.');
  }

  private takeOut(accountId: string, request: TransferRequest, requester: Requester, requestedBy: string | null): Promise<Verdict> {
    return this.ledger.execute({
      type: 'transfer-out',
      ...commandOrigin(requester, 'transfer-out', accountId, { ...asJson(request), requestedBy }),
      lotId: Number(request.lotId),
      credits: request.credits === null ? null : amount(request.credits),
      toAccountId: request.toAccountId,
      consent: request.consent,
      requestedBy,
    });
  }

  /** Made of the entry that took the credits out, and of nothing else. */
  private bringIn(left: Entry, requester: Requester): Promise<Verdict> {
    const detail = JSON.parse(left.detail) as {
      readonly consent: TransferConsent;
      readonly lot: Omit<TransferredTerms, 'validUntil' | 'rateVersion'> & { readonly validUntil: string | null; readonly lotId: string };
      readonly requestedBy: string;
      readonly toAccountId: string;
    };
    const { lotId, validUntil, ...terms } = detail.lot;
    const source = { accountId: left.accountId, lotId: Number(lotId), seq: left.seq };
    return this.ledger.execute({
      type: 'transfer-in',
      ...commandOrigin(requester, 'transfer-in', detail.toAccountId, [left.accountId, String(left.seq)]),
      source,
      lot: { ...terms, rateVersion: left.rateVersion ?? '', validUntil: validUntil === null ? null : Date.parse(validUntil) },
      credits: left.credits,
      consent: detail.consent,
      requestedBy: detail.requestedBy,
    });
  }
}

function asJson({ lotId, credits, toAccountId, consent }: TransferRequest) {
  return { lotId, credits, toAccountId, consent: consent && { ...consent } };
}
