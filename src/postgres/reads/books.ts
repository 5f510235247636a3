import type { DataSource, EntityManager } from 'typeorm';
import type { BookEntry, BookLot, BookPosting } from '../../domain/books/book-entry.js';
import { moneyOf } from '../../domain/books/lot-money.js';
import { ZERO, amount, type Amount } from '../../domain/credits.js';
import type { EntryType } from '../../domain/entry.js';
import { BUCKETS, type Bucket, type LotKind } from '../../domain/lot.js';
import { readAccountIds } from './periods.js';

/** Carries out one short read, perhaps with the rights of one account only. */
export type Reads = <Result>(read: (database: DataSource | EntityManager) => Promise<Result>) => Promise<Result>;

/** An account as its books begin with it: all that does not grow with its entries. */
export interface BookAccount {
  readonly accountId: string;
  readonly licenseeId: string;
  readonly legalName: string;
  /** The zone of its calendar days, which the latest order form froze. */
  readonly timeZone: string;
  /** Of the latest order form. */
  readonly currency: string;
  /** Its newest entry when this was read. What comes after it is not looked at. */
  readonly seq: number;
  readonly lots: readonly BookLot[];
}

interface AccountRow {
  readonly licensee_id: string;
  readonly legal_name: string;
  readonly time_zone: string | null;
  readonly currency: string | null;
  readonly seq: string;
}

const ACCOUNT = `
  SELECT a.licensee_id, l.legal_name, s.seq,
         (SELECT f.document ->> 'timeZone' FROM order_form AS f WHERE f.account_id = a.account_id ORDER BY f.seq DESC LIMIT 1) AS time_zone,
         (SELECT f.document ->> 'currency' FROM order_form AS f WHERE f.account_id = a.account_id ORDER BY f.seq DESC LIMIT 1) AS currency
    FROM account AS a JOIN licensee AS l USING (licensee_id) JOIN account_state AS s USING (account_id)
   WHERE a.account_id = $1`;

export async function readBookAccount(database: DataSource, accountId: string): Promise<BookAccount | null> {
  const [row] = await database.query<AccountRow[]>(ACCOUNT, [accountId]);
  if (row === undefined) return null;
  const seq = Number(row.seq);
  return {
    accountId,
    licenseeId: row.licensee_id,
    legalName: row.legal_name,
    timeZone: row.time_zone ?? 'UTC',
    currency: row.currency ?? 'USD',
    seq,
    lots: await readBookLots(database, accountId, seq),
  };
}

/** One account, or all of them in order of their ids, each read when its turn comes. */
export async function* eachBookAccount(database: DataSource, only: string | null): AsyncGenerator<BookAccount> {
  let after = '';
  for (;;) {
    const ids = only === null ? await readAccountIds(database, after, IDS) : [only];
    for (const id of ids) {
      const account = await readBookAccount(database, id);
      if (account !== null) yield account;
      after = id;
    }
    if (only !== null || ids.length < IDS) return;
  }
}

const IDS = 1_000;

interface LotRow {
  readonly lot_id: string;
  readonly kind: LotKind;
  readonly rate_version: string;
  readonly allocated_at: string;
  readonly valid_until: string | null;
  readonly unit_price: string | null;
  readonly order_form_id: string;
  readonly purchase_id: string | null;
  readonly source_account_id: string | null;
  readonly source_lot_id: string | null;
  readonly currency: string | null;
  readonly price: string | null;
  readonly tax: string | null;
}

const LOTS = `
  SELECT l.lot_id, l.kind, l.rate_version, (extract(epoch FROM l.allocated_at) * 1000)::bigint AS allocated_at,
         (extract(epoch FROM l.valid_until) * 1000)::bigint AS valid_until, trim_scale(l.unit_price)::text AS unit_price,
         l.order_form_id, l.purchase_id, l.source_account_id, l.source_lot_id, l.currency, p.price, p.tax
    FROM lot AS l LEFT JOIN purchase AS p ON p.account_id = l.account_id AND p.purchase_id = l.purchase_id AND l.source_account_id IS NULL
   WHERE l.account_id = $1 AND l.lot_id <= $2 ORDER BY l.lot_id`;

async function readBookLots(database: DataSource, accountId: string, upTo: number): Promise<BookLot[]> {
  const rows = await database.query<LotRow[]>(LOTS, [accountId, upTo]);
  const lots: BookLot[] = [];
  for (const row of rows) {
    const lotId = Number(row.lot_id);
    const source = row.source_account_id === null ? null : { accountId: row.source_account_id, lotId: Number(row.source_lot_id) };
    const price = source === null ? (row.price === null ? null : amount(row.price)) : await transferredMoney(database, accountId, lotId, source);
    lots.push({
      lotId,
      kind: row.kind,
      rateVersion: row.rate_version,
      allocatedAt: Number(row.allocated_at),
      validUntil: row.valid_until === null ? null : Number(row.valid_until),
      unitPrice: row.unit_price,
      orderFormId: row.order_form_id,
      purchaseId: row.purchase_id,
      source,
      price: price === null || row.currency === null ? null : { amount: price, tax: amount(row.tax ?? '0'), currency: row.currency },
    });
  }
  return lots;
}

/** What a lot that arrived by a transfer carries: exactly what left its source with it, so that both accounts agree. */
async function transferredMoney(database: DataSource, accountId: string, lotId: number, source: NonNullable<BookLot['source']>): Promise<Amount | null> {
  const [arrival] = await database.query<{ from_seq: string }[]>(
    'SELECT from_seq FROM transfer_arrival WHERE account_id = $1 AND seq = $2 AND from_account_id = $3',
    [accountId, lotId, source.accountId],
  );
  const fromSeq = Number(arrival?.from_seq ?? 0);
  const lot = (await readBookLots(database, source.accountId, source.lotId)).at(-1);
  if (lot?.lotId !== source.lotId || lot.price === null) return null;
  const { amount: price, currency } = lot.price;
  const before = await readBuckets(database, source, fromSeq - 1);
  const after = await readBuckets(database, source, fromSeq);
  return moneyOf(price, currency, after).transferred.sub(moneyOf(price, currency, before).transferred);
}

/** So many entries are summed up at a time, so that no statement runs long. */
const SUMMED = 50_000;

async function readBuckets(database: DataSource, { accountId, lotId }: NonNullable<BookLot['source']>, upTo: number): Promise<Record<Bucket, Amount>> {
  const buckets = Object.fromEntries(BUCKETS.map((bucket) => [bucket, ZERO])) as Record<Bucket, Amount>;
  for (let after = 0; after < upTo; after += SUMMED) {
    const rows = await database.query<{ from_bucket: Bucket; to_bucket: Bucket; credits: string }[]>(
      `SELECT from_bucket, to_bucket, sum(credits) AS credits FROM posting
        WHERE account_id = $1 AND lot_id = $2 AND seq > $3 AND seq <= $4 GROUP BY from_bucket, to_bucket`,
      [accountId, lotId, after, Math.min(after + SUMMED, upTo)],
    );
    for (const { from_bucket, to_bucket, credits } of rows) {
      const moved = amount(credits);
      buckets[from_bucket] = from_bucket === 'issued' ? buckets.issued.add(moved) : buckets[from_bucket].sub(moved);
      buckets[to_bucket] = buckets[to_bucket].add(moved);
    }
  }
  return buckets;
}

const PAGE = 2_000;

interface EntryRow {
  readonly seq: string;
  readonly type: EntryType;
  readonly occurred_at: string;
  readonly recorded_at: string;
  readonly accounting_date: string;
  readonly feature: string | null;
  readonly subject: string | null;
  readonly cites: string | null;
  readonly credits: string;
  readonly unfunded: string | null;
  readonly detail: string;
}

const ENTRIES = `
  SELECT seq, type, (extract(epoch FROM occurred_at) * 1000)::bigint AS occurred_at, (extract(epoch FROM recorded_at) * 1000)::bigint AS recorded_at,
         accounting_date::text, feature, subject, cites, credits, unfunded, detail::text
    FROM entry WHERE account_id = $1 AND seq > $2 AND seq <= $3 ORDER BY account_id, seq`;

interface PostingRow {
  readonly seq: string;
  readonly lot_id: string;
  readonly from_bucket: Bucket;
  readonly to_bucket: Bucket;
  readonly credits: string;
  readonly rate_version: string | null;
  readonly share: string | null;
}

const POSTINGS = `
  SELECT seq, lot_id, from_bucket, to_bucket, credits, rate_version, share
    FROM posting WHERE account_id = $1 AND seq > $2 AND seq <= $3 ORDER BY account_id, seq, line`;

/**
 * The entries of an account up to one, in order. They never change, so short pages are as good as one snapshot, and hold
 * nothing up; in memory there is one page.
 */
export async function* readBookEntries(reads: Reads, accountId: string, upTo: number): AsyncGenerator<BookEntry> {
  for (let after = 0; after < upTo; after += PAGE) {
    const stretch = [accountId, after, Math.min(after + PAGE, upTo)];
    const [rows, lines] = await reads(async (database) => [await database.query<EntryRow[]>(ENTRIES, stretch), await database.query<PostingRow[]>(POSTINGS, stretch)] as const);
    const postings = new Map<string, BookPosting[]>();
    for (const row of lines) {
      const known = postings.get(row.seq);
      if (known === undefined) postings.set(row.seq, [postingOf(row)]);
      else known.push(postingOf(row));
    }
    for (const row of rows) yield entryOf(row, postings.get(row.seq) ?? []);
  }
}

/** The zone of the order form that was in the account by then: a later one, with another zone, changes no statement. */
export async function readTimeZone(database: DataSource | EntityManager, accountId: string, upTo: number): Promise<string | null> {
  const [row] = await database.query<{ zone: string | null }[]>(
    `SELECT document ->> 'timeZone' AS zone FROM order_form WHERE account_id = $1 AND seq <= $2 ORDER BY seq DESC LIMIT 1`,
    [accountId, upTo],
  );
  return row?.zone ?? null;
}

/** The day that an entry was booked to; null: there is no such entry. */
export async function readAccountingDate(database: DataSource | EntityManager, accountId: string, seq: number): Promise<string | null> {
  const [row] = await database.query<{ day: string }[]>('SELECT accounting_date::text AS day FROM entry WHERE account_id = $1 AND seq = $2', [accountId, seq]);
  return row?.day ?? null;
}

function entryOf(row: EntryRow, postings: readonly BookPosting[]): BookEntry {
  return {
    seq: Number(row.seq),
    type: row.type,
    occurredAt: Number(row.occurred_at),
    recordedAt: Number(row.recorded_at),
    accountingDate: row.accounting_date,
    feature: row.feature,
    subject: row.subject,
    cites: row.cites === null ? null : Number(row.cites),
    credits: amount(row.credits),
    unfunded: row.unfunded === null ? null : amount(row.unfunded),
    detail: row.detail,
    postings,
  };
}

function postingOf(row: PostingRow): BookPosting {
  return {
    lotId: Number(row.lot_id),
    from: row.from_bucket,
    to: row.to_bucket,
    credits: amount(row.credits),
    rateVersion: row.rate_version,
    share: row.share,
  };
}
