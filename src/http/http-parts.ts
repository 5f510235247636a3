import type { DataSource } from 'typeorm';
import type { Amount } from '../domain/credits.js';
import type { Ledger } from '../ledger/ledger.js';
import type { WallClock } from '../platform/wall-clock.js';
import type { Readiness } from './health.controller.js';

/** What the HTTP side is given by whoever puts the service together. */
export interface HttpParts {
  readonly readiness: Readiness;
  /** From then on nothing new is taken. */
  readonly draining: () => boolean;
  readonly database: DataSource;
  readonly ledger: Ledger;
  readonly secrets: { readonly keyPepper: Buffer; readonly pseudonymKey: Buffer };
  /** Credits that operators may give and take alone, per account and thirty days. */
  readonly adjustmentLimit: Amount;
  readonly sandbox: boolean;
  readonly wallClock: WallClock;
  /** Where the built web account lies. */
  readonly webFolder: string;
  /** Origins whose pages may show it in a frame. */
  readonly frameAncestors: readonly string[];
  /** Whether there is a POST that does nothing, for a benchmark to compare with. */
  readonly benchNoop: boolean;
}
