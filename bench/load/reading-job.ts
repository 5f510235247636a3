export interface ReadingJob {
  readonly readerUrl: string;
  /** Verify all of it, reconcile the books (the same, and payments against purchases against lots), or only read the same rows. */
  readonly kind: 'verify' | 'reconcile' | 'select';
}

export interface ReadingResult {
  /** Entries and postings. */
  readonly rows: number;
  readonly seconds: number;
  /** Peak of resident memory of the process, in MB. */
  readonly residentMb: number;
  readonly differences: number;
}
