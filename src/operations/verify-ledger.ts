import { createHash, type Hash } from 'node:crypto';
import type { Client } from 'pg';
import { ZERO, formatCredits, type Amount } from '../domain/credits.js';
import { BUCKETS, type Bucket } from '../domain/lot.js';
import type { RateBook } from '../domain/rate.js';
import { applyEntry, finishReplay } from '../domain/verification/apply-entry.js';
import { checkRates } from '../domain/verification/check-rates.js';
import { compareProjections } from '../domain/verification/compare-projections.js';
import { Findings, type Difference, type DifferenceSink } from '../domain/verification/difference.js';
import { newReplay, type EntryRecord, type Replay } from '../domain/verification/replay.js';
import { withClient } from '../postgres/connection.js';
import { readEntryPage } from '../postgres/reads/verification-entries.js';
import { countLedger, nextAccount, readProjection } from '../postgres/reads/verification-projections.js';
import { readRateVersions } from '../postgres/reads/verification-rates.js';

export interface VerifyOptions {
  /** Any role that may read. */
  readonly readerUrl: string;
  /** Called for every difference, also for those that the report leaves out. */
  readonly onDifference?: DifferenceSink;
  readonly onProgress?: (progress: VerifyProgress) => void;
}

export interface VerifyProgress {
  readonly accounts: number;
  readonly entries: number;
  /** As counted at the start; a service that runs on adds to it. */
  readonly ofAccounts: number;
  readonly ofEntries: number;
}

export interface VerifyReport {
  readonly accounts: number;
  readonly entries: number;
  readonly postings: number;
  /** Credits of all lots, by bucket, with nine fractional digits. */
  readonly credits: Readonly<Record<Bucket, string>>;
  /** SHA-256 over account, seq and head hash of every account in order: two runs with the same value saw the same ledgers. */
  readonly headsDigest: string;
  /** The first 1,000. */
  readonly differences: readonly Difference[];
  readonly differenceCount: number;
  readonly durationMs: number;
  /** Entries and postings read per second. */
  readonly rowsPerSecond: number;
}

const PAGE = 2_000;
const DIFFERENCES_KEPT = 1_000;

/**
 * Rebuilds every account from its entries alone, proves what they refer to, prices every debit again, and compares with
 * what the service keeps. Repairs nothing. Runs beside the service: of each account it takes one snapshot of a few
 * milliseconds, and then reads entries up to there, which never change, page by page.
 */
export function verifyLedger(options: VerifyOptions): Promise<VerifyReport> {
  const settings = { default_transaction_read_only: 'on', statement_timeout: '120s', enable_seqscan: 'off' };
  return withClient({ url: options.readerUrl, applicationName: 'credits-verify', settings }, (client) => new Verification(client, options).run());
}

class Verification {
  private readonly heads: Hash = createHash('sha256');
  private readonly totals = new Map<Bucket, Amount>(BUCKETS.map((bucket) => [bucket, ZERO]));
  private readonly differences: Difference[] = [];
  private differenceCount = 0;
  private accounts = 0;
  private entries = 0;
  private postings = 0;
  private rates: RateBook = new Map();

  constructor(
    private readonly client: Client,
    private readonly options: VerifyOptions,
  ) {}

  async run(): Promise<VerifyReport> {
    const started = performance.now();
    const { accounts: ofAccounts, entries: ofEntries } = await countLedger(this.client);
    const progress = (): void => this.options.onProgress?.({ accounts: this.accounts, entries: this.entries, ofAccounts, ofEntries });
    this.rates = checkRates(await readRateVersions(this.client), new Findings(null, this.sink));
    for (let id = await nextAccount(this.client, ''); id !== null; id = await nextAccount(this.client, id)) {
      await this.verifyAccount(id, progress);
      this.accounts += 1;
      progress();
    }
    const durationMs = performance.now() - started;
    const credits = Object.fromEntries([...this.totals].map(([bucket, sum]) => [bucket, formatCredits(sum)]));
    return {
      accounts: this.accounts,
      entries: this.entries,
      postings: this.postings,
      credits: credits as VerifyReport['credits'],
      headsDigest: this.heads.digest('hex'),
      differences: this.differences,
      differenceCount: this.differenceCount,
      durationMs,
      rowsPerSecond: Math.round(((this.entries + this.postings) * 1_000) / Math.max(durationMs, 1)),
    };
  }

  private async verifyAccount(accountId: string, progress: () => void): Promise<void> {
    const findings = new Findings(accountId, this.sink);
    const projection = await readProjection(this.client, accountId);
    const replay = newReplay(accountId, this.rates);
    replay.alertsFrom = projection.state?.alertsFrom ?? 0;
    for (let after = 0; after < projection.lastEntry; ) {
      const page = await readEntryPage(this.client, { accountId, after, upTo: projection.lastEntry, limit: PAGE });
      await this.meetNewRates(replay, page.records);
      for (const record of page.records) {
        applyEntry(replay, record, findings);
        this.postings += record.entry.postings.length;
      }
      for (const orphan of page.orphans) findings.differ(orphan, 'entry that explains it', 'one', null);
      this.entries += page.records.length;
      progress();
      const last = page.records.at(-1);
      if (last === undefined) break;
      after = last.entry.seq;
    }
    finishReplay(replay, projection.lastEntry, findings);
    compareProjections(replay, projection, findings);
    this.add(replay);
  }

  /** A version may have been published since this run began. */
  private async meetNewRates(replay: Replay, records: readonly EntryRecord[]): Promise<void> {
    const named = records.flatMap(({ entry }) => [entry.rateVersion, ...entry.postings.map((posting) => posting.rateVersion)]);
    if (named.every((id) => id === null || this.rates.has(id))) return;
    const found = checkRates(await readRateVersions(this.client), new Findings(null, () => undefined));
    this.rates = new Map([...found, ...this.rates]);
    replay.rates = this.rates;
  }

  private add(replay: Replay): void {
    this.heads.update(`${JSON.stringify([replay.accountId, String(replay.seq), replay.headHash])}\n`);
    for (const { buckets } of replay.lots.values()) {
      for (const bucket of BUCKETS) this.totals.set(bucket, (this.totals.get(bucket) ?? ZERO).add(buckets[bucket]));
    }
  }

  private readonly sink: DifferenceSink = (difference) => {
    this.differenceCount += 1;
    if (this.differences.length < DIFFERENCES_KEPT) this.differences.push(difference);
    this.options.onDifference?.(difference);
  };
}
