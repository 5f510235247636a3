export interface ReadingJob {
  readonly readerUrl: string;
  /** Verify all of it, or only read the rows that a verification reads. */
  readonly kind: 'verify' | 'select';
}

export interface ReadingResult {
  /** Entries and postings. */
  readonly rows: number;
  readonly seconds: number;
  /** Peak of resident memory of the process, in MB. */
  readonly residentMb: number;
  readonly differences: number;
}
