import type { DataSource } from 'typeorm';
import { amount, isPlainDecimal } from '../domain/credits.js';
import { shortDigest } from '../domain/hash-chain.js';
import { checkUsage, usageNotInFile, usageText, usageTwice, type BookedUsage, type UsageLine } from '../domain/reconciliation/check-lines.js';
import { notInFile, noteLines } from '../postgres/catalogue/reconciliation-runs.js';
import { readUsageBetween, readUsageOfKeys } from '../postgres/reads/reconciliation.js';
import type { FoundBreaks } from './found-breaks.js';
import { reconcileFile, type Comparison, type FileReconciled, type ForeignFile, type NumberedLine } from './reconcile-file.js';

/** The stretch of time that the file is meant to cover: debits in it that the file does not have are named. In milliseconds. */
export interface CoveredTime {
  readonly from: number;
  readonly until: number;
}

/** SPEC 13: a backend's own usage file against debits and captures: missing, twice, different. */
export class ReconcileUsage {
  constructor(
    private readonly database: DataSource,
    private readonly wallNow: () => number,
  ) {}

  /** `covered` null: only what the file has is looked for. `accounts`: besides those that the file names. */
  run(file: ForeignFile, covered: CoveredTime | null, accounts: readonly string[] = []): Promise<FileReconciled> {
    return reconcileFile(this.database, this.wallNow, file, new UsageComparison(this.database, covered, accounts));
  }
}

class UsageComparison implements Comparison<UsageLine> {
  readonly scope = 'usage-file';
  /** It grows with the accounts that the file names, not with its lines. */
  private readonly accounts: Set<string>;

  constructor(
    private readonly database: DataSource,
    private readonly covered: CoveredTime | null,
    accounts: readonly string[],
  ) {
    this.accounts = new Set(accounts);
  }

  read({ accountId, idempotencyKey, feature, usage, occurredAt, credits }: Readonly<Record<string, unknown>>): UsageLine | null {
    if (typeof accountId !== 'string' || typeof idempotencyKey !== 'string' || typeof feature !== 'string') return null;
    const quantities = quantitiesIn(usage);
    const at = typeof occurredAt === 'string' ? Date.parse(occurredAt) : null;
    const cost = typeof credits === 'string' ? credits : null;
    if ((at === null && occurredAt != null) || (cost === null && credits != null)) return null;
    if (quantities === null || Number.isNaN(at) || (cost !== null && !isPlainDecimal(cost))) return null;
    return { accountId, idempotencyKey, feature, usage: quantities, occurredAt: at, credits: cost === null ? null : amount(cost) };
  }

  async compare(runId: string, lines: readonly NumberedLine<UsageLine>[], breaks: FoundBreaks): Promise<void> {
    const keys = lines.map(({ line }) => ({ accountId: line.accountId, keyDigest: shortDigest(line.idempotencyKey) }));
    const booked = new Map((await readUsageOfKeys(this.database, keys)).map((usage) => [referenceOf(usage.accountId, usage.keyDigest), usage]));
    const seen = lines.map(({ number, line }) => {
      const reference = referenceOf(line.accountId, shortDigest(line.idempotencyKey));
      const found = booked.get(reference);
      return { reference, line: number, content: found === undefined ? null : contentOf(found) };
    });
    const twice = await noteLines(this.database, runId, seen);
    for (const [i, { number, line }] of lines.entries()) {
      this.accounts.add(line.accountId);
      const first = twice.get(number);
      const found = first === undefined ? checkUsage(line, number, booked.get(seen[i]?.reference ?? '')) : usageTwice(line, number, first);
      if (found !== null) await breaks.note(found);
    }
  }

  async finish(runId: string, breaks: FoundBreaks): Promise<void> {
    if (this.covered === null) return;
    for (const accountId of this.accounts) {
      for await (const page of readUsageBetween(this.database, accountId, this.covered.from, this.covered.until)) {
        const references = page.map((usage) => ({ reference: referenceOf(accountId, usage.keyDigest), content: contentOf(usage) }));
        const absent = await notInFile(this.database, runId, references);
        for (const usage of page) {
          const found = absent.get(referenceOf(accountId, usage.keyDigest));
          if (found !== undefined) await breaks.note(usageNotInFile(usage, found.sameContent));
        }
      }
    }
  }
}

function quantitiesIn(usage: unknown): Record<string, string> | null {
  let value = usage;
  if (typeof usage === 'string') {
    try {
      value = JSON.parse(usage);
    } catch {
      return null;
    }
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const quantities = Object.entries(value as Record<string, unknown>);
  return quantities.every(([, quantity]) => typeof quantity === 'string' && isPlainDecimal(quantity)) ? (Object.fromEntries(quantities) as Record<string, string>) : null;
}

/** One action of an account; two with the same key are the same. */
function referenceOf(accountId: string, keyDigest: string): string {
  return shortDigest(JSON.stringify([accountId, keyDigest]));
}

/** What two bookings of the same action have in common. */
function contentOf({ accountId, feature, usage, occurredAt }: BookedUsage): string {
  return shortDigest(JSON.stringify([accountId, feature, usageText(usage), occurredAt]));
}
