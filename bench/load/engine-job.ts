export interface EngineJob {
  readonly writerUrl: string;
  readonly accountId: string;
  readonly callers: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

export interface EngineResult {
  /** Debits a second, in the window. */
  readonly rate: number;
}
