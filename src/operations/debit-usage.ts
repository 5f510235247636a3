import { randomUUID } from 'node:crypto';
import type { Debit, DebitMode } from '../domain/command.js';
import type { Refusal } from '../domain/errors.js';
import { metadataHash, shortDigest } from '../domain/hash-chain.js';
import { usageText, type Usage } from '../domain/usage.js';
import type { Ledger, Quoted } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import type { Pseudonyms } from './pseudonyms.js';

/** A debit as it was asked for: read and in range. */
export interface DebitRequest {
  readonly accountId: string;
  readonly idempotencyKey: string;
  readonly mode: DebitMode;
  readonly feature: string;
  readonly usage: Usage;
  /** Milliseconds; null: now. */
  readonly occurredAt: number | null;
  /** In the clear: it goes no further than this file. */
  readonly endUser: string | null;
  /** Canonical JSON of a flat object of texts. */
  readonly metadata: string | null;
}

/** P1, P5: debits the credits of an action. The busiest use case: nothing in it is done twice. */
export class DebitUsage {
  constructor(
    private readonly ledger: Ledger,
    private readonly pseudonyms: Pseudonyms,
  ) {}

  run(request: DebitRequest, actor: string): Promise<Verdict> {
    return this.ledger.execute(this.commandOf(request, actor));
  }

  /** What it would come to. Nothing is booked. */
  quote(request: DebitRequest, actor: string): Promise<Quoted | Refusal> {
    return this.ledger.quoteDebit(this.commandOf(request, actor));
  }

  private commandOf(request: DebitRequest, actor: string): Debit {
    const { accountId, mode, feature, usage, occurredAt, endUser, metadata } = request;
    return {
      type: 'debit',
      accountId,
      actor,
      keyDigest: shortDigest(request.idempotencyKey),
      fingerprint: fingerprintOf(request),
      mode,
      feature,
      usage,
      occurredAt,
      endUser: endUser === null ? null : this.pseudonyms.of(endUser),
      metadata: metadata === null ? null : committed(metadata),
    };
  }
}

/** Without the end user, so that the key of the pseudonyms can rotate. Members in alphabetical order: canonical JSON by hand. */
function fingerprintOf({ accountId, feature, metadata, mode, occurredAt, usage }: DebitRequest): string {
  return shortDigest(
    `["debit","${accountId}",{"feature":"${feature}","metadata":${metadata ?? 'null'},"mode":"${mode}","occurredAt":${
      occurredAt === null ? 'null' : `"${occurredAt}"`
    },"usage":${usageText(usage)}}]`,
  );
}

function committed(text: string): NonNullable<Debit['metadata']> {
  const salt = randomUUID();
  return { salt, text, hash: metadataHash(salt, text) };
}
