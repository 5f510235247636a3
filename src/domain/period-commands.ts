import type { CommandBase } from './command-base.js';

/** Closes the accounting periods of an account up to a calendar day, included (SPEC 13). */
export interface ClosePeriod extends CommandBase {
  readonly type: 'close-period';
  readonly through: string;
}

export interface ReopenPeriod extends CommandBase {
  readonly type: 'reopen-period';
  /** Last day of the period; those after it are reopened as well. */
  readonly through: string;
  readonly reason: string;
  readonly requestedBy: string | null;
}
