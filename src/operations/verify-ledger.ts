import { createHash, type Hash, type KeyObject } from 'node:crypto';
import type { Client } from 'pg';
import { ACTS_CHAIN } from '../domain/administrative-act.js';
import { ZERO, formatCredits, type Amount } from '../domain/credits.js';
import { BUCKETS, type Bucket } from '../domain/lot.js';
import { priceVersionId, type PriceVersion } from '../domain/price.js';
import type { RateBook } from '../domain/rate.js';
import { trustedKeys, type SignedHead } from '../domain/signed-head.js';
import { applyEntry, finishReplay } from '../domain/verification/apply-entry.js';
import { checkHead } from '../domain/verification/check-heads.js';
import { checkRates } from '../domain/verification/check-rates.js';
import { compareProjections } from '../domain/verification/compare-projections.js';
import { Findings, type Difference, type DifferenceSink } from '../domain/verification/difference.js';
import { newReplay, type EntryRecord, type Replay } from '../domain/verification/replay.js';
import { withClient } from '../postgres/connection.js';
import { verifiedHeads, verifiedSigningKeys, type HeadsInSnapshot } from '../postgres/reads/signed-heads.js';
import { readEntryPage, type EntryPage } from '../postgres/reads/verification-entries.js';
import { countLedger, nextAccount, readProjection } from '../postgres/reads/verification-projections.js';
import { readPriceLists } from '../postgres/reads/verification-payments.js';
import { readRateVersions } from '../postgres/reads/verification-rates.js';
import { verifyActs } from './verify-acts.js';

export interface VerifyOptions {
  /** Any role that may read. */
  readonly readerUrl: string;
  /** Public keys that were got from elsewhere than the database; none: those that it publishes. */
  readonly anchors?: readonly KeyObject[];
  /** Signed heads that were kept outside the database. */
  readonly keptHeads?: readonly SignedHead[];
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
  readonly administrativeActs: number;
  readonly signedHeads: number;
  /** What no signed head covers yet. */
  readonly unsigned: UnsignedWindow;
  /** The first 1,000. */
  readonly differences: readonly Difference[];
  readonly differenceCount: number;
  readonly durationMs: number;
  /** Entries and postings read per second. */
  readonly rowsPerSecond: number;
}

export interface UnsignedWindow {
  readonly accounts: number;
  readonly entries: number;
  /** Business time since the oldest of them was recorded; null: there is none. */
  readonly oldestMs: number | null;
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
  const connection = { url: options.readerUrl, applicationName: 'credits-verify', settings };
  return withClient(connection, (client) =>
    withClient(connection, (entries) => withClient(connection, (postings) => new Verification(client, { entries, postings }, options).run())),
  );
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
  private prices: readonly PriceVersion[] = [];
  private keys: ReadonlyMap<string, KeyObject> = new Map();
  private signedHeads = 0;
  private unsigned: UnsignedWindow = { accounts: 0, entries: 0, oldestMs: null };
  private readonly keptHeads = new Map<string, SignedHead[]>();

  constructor(
    private readonly client: Client,
    private readonly readers: { readonly entries: Client; readonly postings: Client },
    private readonly options: VerifyOptions,
  ) {}

  async run(): Promise<VerifyReport> {
    const started = performance.now();
    const { accounts: ofAccounts, entries: ofEntries } = await countLedger(this.client);
    const progress = (): void => this.options.onProgress?.({ accounts: this.accounts, entries: this.entries, ofAccounts, ofEntries });
    this.rates = checkRates(await readRateVersions(this.client), new Findings(null, this.sink));
    this.prices = await readPriceLists(this.client);
    this.keys = trustedKeys(this.options.anchors ?? [], await verifiedSigningKeys(this.client));
    for (const head of this.options.keptHeads ?? []) this.keptHeads.set(head.accountId, [...(this.keptHeads.get(head.accountId) ?? []), head]);
    for (let id = await nextAccount(this.client, ''); id !== null; id = await nextAccount(this.client, id)) {
      await this.verifyAccount(id, progress);
      this.accounts += 1;
      progress();
    }
    const keptOfActs = this.keptHeads.get(ACTS_CHAIN) ?? [];
    this.keptHeads.delete(ACTS_CHAIN);
    const administrativeActs = await verifyActs(this.client, this.keys, keptOfActs, this.sink);
    for (const [accountId, heads] of this.keptHeads) {
      for (const head of heads) checkHead(head, null, this.keys, new Findings(accountId, this.sink));
    }
    const durationMs = performance.now() - started;
    const credits = Object.fromEntries([...this.totals].map(([bucket, sum]) => [bucket, formatCredits(sum)]));
    return {
      accounts: this.accounts,
      entries: this.entries,
      postings: this.postings,
      credits: credits as VerifyReport['credits'],
      administrativeActs,
      signedHeads: this.signedHeads,
      unsigned: this.unsigned,
      headsDigest: this.heads.digest('hex'),
      differences: this.differences,
      differenceCount: this.differenceCount,
      durationMs,
      rowsPerSecond: Math.round(((this.entries + this.postings) * 1_000) / Math.max(durationMs, 1)),
    };
  }

  /** One page ahead: the server reads the next one while this one is being checked. */
  private async *pages(accountId: string, upTo: number): AsyncGenerator<EntryPage> {
    const read = (after: number): Promise<EntryPage> => {
      const page = readEntryPage(this.readers.entries, { accountId, after, upTo, limit: PAGE }, { second: this.readers.postings });
      // Where it fails while the page before it is being checked, it is asked for a moment later.
      page.catch(() => undefined);
      return page;
    };
    let next = upTo > 0 ? read(0) : null;
    while (next !== null) {
      const page = await next;
      const last = page.records.at(-1)?.entry.seq ?? upTo;
      next = last < upTo ? read(last) : null;
      yield page;
    }
  }

  private async verifyAccount(accountId: string, progress: () => void): Promise<void> {
    const findings = new Findings(accountId, this.sink);
    const projection = await readProjection(this.client, accountId);
    const replay = newReplay(accountId, this.rates, this.prices);
    replay.alertsFrom = projection.state?.alertsFrom ?? 0;
    let after = 0;
    for await (const page of this.pages(accountId, projection.lastEntry)) {
      await this.meetNewRates(replay, page.records);
      await this.meetNewPrices(replay, page.records);
      for (const record of page.records) {
        applyEntry(replay, record, findings);
        this.postings += record.entry.postings.length;
      }
      await this.checkHeads(accountId, after, page.records, findings);
      for (const orphan of page.orphans) findings.differ(orphan, 'entry that explains it', 'one', null);
      this.entries += page.records.length;
      progress();
      after = page.records.at(-1)?.entry.seq ?? after;
    }
    finishReplay(replay, projection.lastEntry, findings);
    compareProjections(replay, projection, findings);
    const { beyond } = projection.heads;
    for (const head of [...beyond, ...(this.keptHeads.get(accountId) ?? [])]) checkHead(head, null, this.keys, findings);
    this.keptHeads.delete(accountId);
    this.noteUnsigned(projection.heads, projection.lastEntry);
    this.add(replay);
  }

  /** Heads of a page's entries: those of the database, and those that were kept outside. */
  private async checkHeads(accountId: string, after: number, records: readonly EntryRecord[], findings: Findings): Promise<void> {
    const last = records.at(-1)?.entry.seq ?? 0;
    const signed = await verifiedHeads(this.client, accountId, after, last);
    this.signedHeads += signed.length;
    const kept = this.keptHeads.get(accountId) ?? [];
    const here = [...signed, ...kept.filter(({ seq }) => seq > after && seq <= last)];
    if (here.length === 0) return;
    const hashes = new Map(records.map(({ entry }) => [entry.seq, entry.hash]));
    for (const head of here) checkHead(head, hashes.get(head.seq) ?? null, this.keys, findings);
    if (kept.length > 0) this.keptHeads.set(accountId, kept.filter(({ seq }) => seq <= after || seq > last));
  }

  private noteUnsigned({ newest, uncoveredSince, businessNow }: HeadsInSnapshot, lastEntry: number): void {
    if (uncoveredSince === null) return;
    const { accounts, entries, oldestMs } = this.unsigned;
    const age = Math.max(0, businessNow - uncoveredSince);
    this.unsigned = { accounts: accounts + 1, entries: entries + lastEntry - newest, oldestMs: Math.max(oldestMs ?? 0, age) };
  }

  /** A version may have been published since this run began. */
  private async meetNewRates(replay: Replay, records: readonly EntryRecord[]): Promise<void> {
    const named = records.flatMap(({ entry }) => [entry.rateVersion, ...entry.postings.map((posting) => posting.rateVersion)]);
    if (named.every((id) => id === null || this.rates.has(id))) return;
    const found = checkRates(await readRateVersions(this.client), new Findings(null, () => undefined));
    this.rates = new Map([...found, ...this.rates]);
    replay.rates = this.rates;
  }

  private async meetNewPrices(replay: Replay, records: readonly EntryRecord[]): Promise<void> {
    const known = new Set(this.prices.map(priceVersionId));
    const named = records.flatMap(({ entry }) => (entry.type === 'purchase' ? [/"priceVersion":"([^"]+)"/.exec(entry.detail)?.[1]] : []));
    if (named.every((id) => id === undefined || known.has(id))) return;
    this.prices = await readPriceLists(this.client);
    replay.prices = this.prices;
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
