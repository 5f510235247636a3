/** What the load process is told to do. It is another process, so that its work is not counted as the service's. */
export interface LoadJob {
  readonly url: string;
  readonly apiKey: string;
  /** Several: each in turn. */
  readonly accountId: string | readonly string[];
  readonly kind: 'bulk' | 'single' | 'no-op';
  readonly connections: number;
  readonly warmUpMs: number;
  readonly windowMs: number;
}

/** What it answers: when it began to count, and at the end what it counted. */
export type LoadMessage =
  | { readonly type: 'window-begun' }
  | {
      readonly type: 'window-ended';
      /** Debits, not requests, where a request carries many. */
      readonly operations: number;
      readonly allOperations: number;
      readonly seconds: number;
      readonly p50: number;
      readonly p99: number;
    };

export const BULK_SIZE = 100;
