import type { Client } from 'pg';
import { z } from 'zod';
import { shortDigest } from '../../src/domain/hash-chain.js';
import { Spool } from './spool.js';

const entry = z.looseObject({ accountId: z.string(), seq: z.number(), hash: z.string() });
export const answered = z.looseObject({ entry });
export const answeredBulk = z.looseObject({ items: z.array(z.looseObject({ status: z.number(), entry: entry.optional() })) });
type Entry = z.infer<typeof entry>;

const FINDINGS_KEPT = 100;
const PAGE = 5_000;

interface Told {
  readonly seq: number;
  readonly hash: string;
}

/** What the clients were told, to be held against what the ledger says afterwards. */
export class Register {
  readonly findings: string[] = [];
  acknowledgedCount = 0;
  refusedCount = 0;
  private readonly spool = new Spool();
  private readonly newest = new Map<string, number>();

  /** The highest number that anybody was told for this account: whatever is sent from now on comes after it. */
  floor(accountId: string): number {
    return this.newest.get(accountId) ?? 0;
  }

  acknowledge(accountId: string, key: string, told: Entry, floor: number): void {
    this.acknowledgedCount += 1;
    if (told.accountId !== accountId) this.find(`${accountId} was told an entry of ${told.accountId}`);
    if (told.seq <= floor) this.find(`${accountId}: entry ${String(told.seq)} was asked for after ${String(floor)} had been answered`);
    this.newest.set(accountId, Math.max(told.seq, this.floor(accountId)));
    this.spool.add(accountId, `${key} ${String(told.seq)} ${told.hash}`);
  }

  refuse(accountId: string, key: string): void {
    this.refusedCount += 1;
    this.spool.add(accountId, key);
  }

  find(what: string): void {
    if (this.findings.length < FINDINGS_KEPT) this.findings.push(what);
  }

  /**
   * Holds every answer against the ledger, account by account and page by page: what was acknowledged is there, as it was told,
   * once; what was refused is not; no number is missing.
   */
  async compare(database: Client): Promise<void> {
    for await (const [accountId, lines] of this.spool.accounts()) await this.compareAccount(database, accountId, lines);
  }

  dispose(): void {
    this.spool.dispose();
  }

  private async compareAccount(database: Client, accountId: string, lines: readonly string[]): Promise<void> {
    const acknowledged = new Map<string, Told>();
    const refused = new Set<string>();
    for (const line of lines) {
      const [key, seq, hash] = line.split(' ') as [string, string?, string?];
      const digest = shortDigest(key);
      if (seq === undefined || hash === undefined) {
        refused.add(digest);
        continue;
      }
      const before = acknowledged.get(digest);
      if (before !== undefined && (before.seq !== Number(seq) || before.hash !== hash)) this.find(`${accountId}: one key was told entry ${seq} and entry ${String(before.seq)}`);
      acknowledged.set(digest, { seq: Number(seq), hash });
    }
    for (let last = 0; ; ) {
      const { rows } = await database.query<{ seq: string; key: string; hash: string }>(
        `SELECT seq, encode(key_digest, 'hex') AS key, encode(hash, 'hex') AS hash FROM credits.entry WHERE account_id = $1 AND seq > $2 ORDER BY seq LIMIT $3`,
        [accountId, last, PAGE],
      );
      for (const row of rows) {
        const seq = Number(row.seq);
        if (seq !== last + 1) this.find(`${accountId}: entry ${String(last + 1)} is missing`);
        last = seq;
        const told = acknowledged.get(row.key);
        // Of the same request twice at the same time, one may come too early and the other in time: a refusal uses up no key.
        if (told === undefined) {
          if (refused.has(row.key)) this.find(`${accountId}: a request was refused and booked as entry ${row.seq}`);
          continue;
        }
        if (told.seq !== seq || told.hash !== row.hash) this.find(`${accountId}: entry ${String(told.seq)} was acknowledged otherwise than it is`);
        acknowledged.delete(row.key);
      }
      if (rows.length < PAGE) break;
    }
    for (const { seq } of acknowledged.values()) this.find(`${accountId}: entry ${String(seq)} was acknowledged and is not there`);
  }
}
