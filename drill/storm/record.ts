import type { Client } from 'pg';
import { z } from 'zod';
import { shortDigest } from '../../src/domain/hash-chain.js';

const entry = z.looseObject({ accountId: z.string(), seq: z.number(), hash: z.string() });
export const answered = z.looseObject({ entry });
export const answeredBulk = z.looseObject({ items: z.array(z.looseObject({ status: z.number(), entry: entry.optional() })) });
type Entry = z.infer<typeof entry>;

interface Acknowledged {
  readonly key: string;
  readonly seq: number;
  readonly hash: string;
}

const FINDINGS_KEPT = 100;

/** What the clients were told, to be held against what the ledger says afterwards. */
export class Register {
  readonly findings: string[] = [];
  acknowledgedCount = 0;
  refusedCount = 0;
  private readonly acknowledged = new Map<string, Acknowledged[]>();
  private readonly refused = new Map<string, string[]>();
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
    const ours = this.acknowledged.get(accountId) ?? [];
    this.acknowledged.set(accountId, ours);
    ours.push({ key, seq: told.seq, hash: told.hash });
  }

  refuse(accountId: string, key: string): void {
    this.refusedCount += 1;
    const ours = this.refused.get(accountId) ?? [];
    this.refused.set(accountId, ours);
    ours.push(key);
  }

  find(what: string): void {
    if (this.findings.length < FINDINGS_KEPT) this.findings.push(what);
  }

  /** Holds every answer against the ledger: what was acknowledged is there, as it was told, once; what was refused is not. */
  async compare(database: Client): Promise<void> {
    for (const [accountId, ours] of this.acknowledged) {
      // Of the same request twice at the same time, one may come too early and the other in time: a refusal uses up no key.
      const acknowledged = new Set(ours.map(({ key }) => key));
      const { rows } = await database.query<{ seq: string; key: string; hash: string }>(
        `SELECT seq, encode(key_digest, 'hex') AS key, encode(hash, 'hex') AS hash FROM credits.entry WHERE account_id = $1 ORDER BY seq`,
        [accountId],
      );
      rows.forEach(({ seq }, i) => {
        if (Number(seq) !== i + 1) this.find(`${accountId}: entry ${String(i + 1)} is missing`);
      });
      const byKey = new Map(rows.map((row) => [row.key, row]));
      for (const { key, seq, hash } of ours) {
        const found = byKey.get(shortDigest(key));
        if (found === undefined) this.find(`${accountId}: entry ${String(seq)} was acknowledged and is not there`);
        else if (Number(found.seq) !== seq || found.hash !== hash) this.find(`${accountId}: entry ${String(seq)} was acknowledged otherwise than it is`);
      }
      for (const key of this.refused.get(accountId) ?? []) {
        if (!acknowledged.has(key) && byKey.has(shortDigest(key))) this.find(`${accountId}: a request was refused and booked`);
      }
    }
  }
}

/** What has to hold in any snapshot, also in the midst of it all (SPEC 16.1, 16.2, 16.5): answers what does not. */
export async function inspect(database: Client): Promise<string[]> {
  const { rows } = await database.query<{ what: string }>(`
    SELECT format('%s: the sums of its lots are not its balance', s.account_id) AS what
      FROM credits.account_state AS s
      LEFT JOIN (SELECT account_id, sum(available) AS available, sum(held) AS held FROM credits.lot GROUP BY 1) AS l USING (account_id)
     WHERE (s.available, s.held) IS DISTINCT FROM (coalesce(l.available, 0), coalesce(l.held, 0))
    UNION ALL
    SELECT format('%s: lot %s does not add up', account_id, lot_id) FROM credits.lot
     WHERE issued <> available + held + consumed + lapsed + frozen + withdrawn + transferred
    UNION ALL
    SELECT format('%s: has %s entries and counts %s', s.account_id, e.n, s.seq)
      FROM credits.account_state AS s JOIN (SELECT account_id, count(*) AS n, max(seq) AS last FROM credits.entry GROUP BY 1) AS e USING (account_id)
     WHERE e.n <> s.seq OR e.last <> s.seq
    UNION ALL
    SELECT format('%s: open holds do not hold what is held', s.account_id) FROM credits.account_state AS s
     WHERE s.held <> (SELECT coalesce(sum((leg->>'held')::numeric), 0) FROM credits.hold AS h, json_array_elements(h.legs) AS leg
                       WHERE h.account_id = s.account_id AND h.state = 'open')`);
  return rows.map(({ what }) => what);
}
