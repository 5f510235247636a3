import type { KeyObject } from 'node:crypto';
import type { PriceVersion } from '../price.js';
import { trustedKeys, type PublishedKey, type SignedHead } from '../signed-head.js';
import { applyEntry, finishReplay } from './apply-entry.js';
import { checkHead } from './check-heads.js';
import { checkRates, type StoredRateVersion } from './check-rates.js';
import { compareProjections } from './compare-projections.js';
import { Findings, type DifferenceSink } from './difference.js';
import { EXPORT_FORMAT, readExportText, type ExportLine } from './export-lines.js';
import { newReplay, type Replay } from './replay.js';

export interface ExportReport {
  readonly accountId: string;
  readonly entries: number;
  readonly postings: number;
  readonly signedHeads: number;
  /** Number of the newest entry that a signed head of a trusted key covers; 0: none. */
  readonly coveredUpTo: number;
  readonly headHash: string;
}

/** Checks an export line by line, with nothing but itself and the public keys that were got from elsewhere. */
export class ExportCheck {
  private replay: Replay = newReplay('', new Map());
  private findings: Findings;
  private readonly published: PublishedKey[] = [];
  private readonly rates: StoredRateVersion[] = [];
  private readonly prices: PriceVersion[] = [];
  private keys: ReadonlyMap<string, KeyObject> | null = null;
  private readonly kept: SignedHead[];
  private lines = 0;
  private entries = 0;
  private postings = 0;
  private signedHeads = 0;
  private coveredUpTo = 0;
  private announced: Extract<ExportLine, { line: 'export' }> | null = null;
  private balancesSeen = false;
  private ended = false;

  /** `anchors`: none means that the keys of the export itself are believed. `keptHeads`: handed out earlier. */
  constructor(
    private readonly anchors: readonly KeyObject[],
    keptHeads: readonly SignedHead[],
    private readonly sink: DifferenceSink,
  ) {
    this.kept = [...keptHeads];
    this.findings = new Findings(null, sink);
  }

  /** Never throws: what cannot be read is a difference. */
  accept(text: string): void {
    this.lines += 1;
    const at = `line ${this.lines}`;
    try {
      if (this.ended) this.findings.differ(at, 'content', 'nothing behind the end', text.slice(0, 60));
      else this.take(readExportText(text), at);
    } catch (error) {
      this.findings.differ(at, 'content', 'one that can be read', error instanceof Error ? error.message : String(error));
    }
  }

  finish(): ExportReport {
    if (!this.ended) this.findings.differ('export', 'end', `a line of kind "end" behind line ${this.lines}`, 'none: it was cut off');
    if (this.announced === null) this.findings.differ('export', 'first line', EXPORT_FORMAT, 'none');
    else finishReplay(this.replay, this.announced.lastEntry, this.findings);
    if (!this.balancesSeen) this.findings.differ('export', 'balances', 'one line', 'none');
    for (const head of this.kept) checkHead(head, null, this.keysNow(), new Findings(head.accountId, this.sink));
    const { accountId, headHash } = this.replay;
    return { accountId, entries: this.entries, postings: this.postings, signedHeads: this.signedHeads, coveredUpTo: this.coveredUpTo, headHash };
  }

  private take(line: ExportLine, at: string): void {
    switch (line.line) {
      case 'export':
        this.begin(line);
        return;
      case 'signing-key':
        this.published.push(line.key);
        return;
      case 'rate-version':
        this.rates.push(line.version);
        return;
      case 'price-version':
        this.prices.push(line.price);
        return;
      case 'entry':
        this.takeEntry(line);
        return;
      case 'signed-head':
        this.takeHead(line.head);
        return;
      case 'orphan':
        this.findings.differ(line.name, 'entry that explains it', 'one', null);
        return;
      case 'balances':
        this.balancesSeen = true;
        compareProjections(this.replay, line.projection, this.findings);
        return;
      case 'end':
        this.ended = true;
        this.findings.same('export', 'number of lines', line.lines, this.lines);
        return;
      default:
        this.findings.differ(at, 'kind', 'a known one', String((line as { line?: unknown }).line));
    }
  }

  private begin(line: Extract<ExportLine, { line: 'export' }>): void {
    this.findings = new Findings(line.accountId, this.sink);
    this.findings.same('export', 'format', EXPORT_FORMAT, line.format);
    this.findings.same('export', 'first line', 1, this.lines);
    this.announced = line;
    this.replay = newReplay(line.accountId, new Map());
  }

  private takeEntry({ record }: Extract<ExportLine, { line: 'entry' }>): void {
    if (this.entries === 0) {
      this.replay.rates = checkRates(this.rates, this.findings);
      this.replay.prices = this.prices;
    }
    this.entries += 1;
    this.postings += record.entry.postings.length;
    this.findings.same(`entry ${record.entry.seq}`, 'account', this.replay.accountId, record.entry.accountId);
    applyEntry(this.replay, record, this.findings);
    for (;;) {
      const index = this.kept.findIndex(({ accountId, seq }) => accountId === record.entry.accountId && seq === record.entry.seq);
      const [head] = index < 0 ? [] : this.kept.splice(index, 1);
      if (head === undefined) return;
      this.checkAgainstChain(head);
    }
  }

  private takeHead(head: SignedHead): void {
    this.signedHeads += 1;
    this.checkAgainstChain(head);
  }

  private checkAgainstChain(head: SignedHead): void {
    const { replay } = this;
    const there = head.accountId === replay.accountId && head.seq === replay.seq;
    let wrong = 0;
    const findings = new Findings(replay.accountId, (difference) => {
      wrong += 1;
      this.sink(difference);
    });
    checkHead(head, there ? replay.headHash : null, this.keysNow(), findings);
    if (wrong === 0) this.coveredUpTo = Math.max(this.coveredUpTo, head.seq);
  }

  private keysNow(): ReadonlyMap<string, KeyObject> {
    this.keys ??= trustedKeys(this.anchors, this.published);
    return this.keys;
  }
}
