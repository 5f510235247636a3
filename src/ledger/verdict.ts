import type { Command } from '../domain/command.js';
import type { Entry } from '../domain/entry.js';
import { refusal, type Refusal } from '../domain/errors.js';

export type Verdict =
  | { readonly ok: true; readonly entry: Entry; readonly replayed: boolean }
  | { readonly ok: false; readonly refusal: Refusal };

/** The account is locked by another transaction: the command goes back into the queue. */
export const LOCKED_ELSEWHERE = 'locked-elsewhere';
export type Settled = Verdict | typeof LOCKED_ELSEWHERE;

/** Told right before COMMIT is sent: from then on a lost connection leaves the outcome unknown. */
export interface Transaction {
  committing: boolean;
  /** Whether the outbox got something. */
  told: boolean;
  /** The commands whose key was used before, by another one or by an earlier one of this batch. */
  readonly replays: Set<Command>;
}

export function keyOf(key: { readonly accountId: string; readonly keyDigest: string }): string {
  return key.keyDigest + key.accountId;
}

export function keyReused(): Verdict {
  return {
    ok: false,
    refusal: refusal(
      'idempotency-key-reused',
      'This idempotency key belongs to another request of this account. Send the request under a key of its own.',
    ),
  };
}
