import type { Client } from 'pg';
import type { Entry } from '../../domain/entry.js';
import { ENTRY_COLUMNS, POSTING_COLUMNS, entryOf, postingOf, type EntryRow, type PostingRow } from './entry-rows.js';
import type { AsService } from '../within-account.js';
import { readStoredEvents } from './verification-alerts.js';
import { creditsReturnedRefunded } from '../../domain/refunded-return.js';
import type { CitedEntry, EntryRecord, TransferHalf } from '../../domain/verification/replay.js';
import { readRefundedReturn, readTransferRow, readUnfundedRows } from './verification-corrections.js';
import { readPaymentReversalRows, readPaymentRows } from './verification-payments.js';

/** A stretch of an account's ledger, with the rows that belong to it. What is in it never changes, so it needs no snapshot. */
export interface EntryPage {
  readonly records: readonly EntryRecord[];
  /** Postings and metadata within the stretch whose entry is not there. */
  readonly orphans: readonly string[];
}

interface Stretch {
  readonly accountId: string;
  /** Entries after this `seq` ... */
  readonly after: number;
  /** ... up to this one, at most so many. */
  readonly upTo: number;
  readonly limit: number;
}

/**
 * The next entries in order of `seq`; an empty page is the end. With a second connection, postings are read while entries
 * are: up to where the page ends unless entries are missing. Where the first may see no other account, `asService` lets it
 * read the other half of a transfer.
 */
export async function readEntryPage(
  client: Client,
  { accountId, after, upTo, limit }: Stretch,
  { second = client, asService = (read) => read() }: { readonly second?: Client; readonly asService?: AsService } = {},
): Promise<EntryPage> {
  const expected = Math.min(after + limit, upTo);
  const postingRows = (to: number): Promise<PostingRow[]> => rowsOf<PostingRow>(second, 'verify-postings', POSTINGS, [accountId, after, to]);
  const ahead = second === client ? null : postingRows(expected);
  // Asked for below; until then its failure is nobody's.
  ahead?.catch(() => undefined);
  const entryRows = await rowsOf<EntryRow>(client, 'verify-entries', ENTRIES, [accountId, after, upTo, limit]);
  // A page that is not full is the last one: what lies behind it up to the end belongs to no entry.
  const last = entryRows.length < limit ? upTo : Number(entryRows.at(-1)?.seq);
  const stretch = [accountId, after, last];
  const foundAhead = await ahead;
  const postings = groupBySeq(foundAhead !== null && last === expected ? foundAhead : await postingRows(last));
  const metadata = groupBySeq(await rowsOf<MetadataRow>(client, 'verify-metadata', METADATA, stretch));
  const entries = entryRows.map((row) => entryOf(row, (take(postings, row.seq) ?? []).map(postingOf)));
  const payments = await readPaymentRows(client, entries);
  const reversals = await readPaymentReversalRows(client, entries);
  const unfunded = await readUnfundedRows(client, accountId, after, last);
  const events = await readStoredEvents(client, accountId, after, last);
  const records: EntryRecord[] = [];
  for (const entry of entries) {
    const kept = take(metadata, String(entry.seq))?.[0];
    records.push({
      entry,
      metadata: kept === undefined ? null : { salt: kept.salt, text: kept.content },
      payment: payments.get(entry.seq) ?? null,
      paymentReversal: reversals.get(entry.seq) ?? null,
      cited: CITING.has(entry.type) ? await readCited(client, entry) : null,
      unfunded: take(unfunded, entry.seq) ?? null,
      transfer: entry.type === 'transfer-out' || entry.type === 'transfer-in' ? await readTransfer(client, asService, entry) : null,
      events: take(events, entry.seq) ?? [],
      refundedReturn: creditsReturnedRefunded(entry.postings) === null ? null : await readRefundedReturn(client, accountId, entry.seq),
    });
  }
  const orphans = [
    ...[...postings.values()].flat().map((row) => `posting ${row.seq} line ${row.line}`),
    ...[...metadata.keys()].map((seq) => `metadata of entry ${seq}`),
    ...[...events.keys()].map((seq) => `event of entry ${seq}`),
    ...[...unfunded.keys()].map((seq) => `unfunded usage of entry ${seq}`),
  ];
  return { records, orphans };
}

/** Entries that are checked against the one that they cite. */
const CITING: ReadonlySet<string> = new Set(['reversal', 'settlement', 'waiver']);

async function readCited(client: Client, reversal: Entry): Promise<CitedEntry | null> {
  if (reversal.cites === null) return null;
  const entry = await readOne(client, reversal.accountId, reversal.cites);
  if (entry === null) return null;
  const before = await rowsOf<{ reversed: string | null }>(client, 'verify-reversed-before', REVERSED_BEFORE, [
    reversal.accountId,
    reversal.cites,
    reversal.seq,
  ]);
  const [ended] = await rowsOf<{ seq: string }>(client, 'verify-ended-before', ENDED_BEFORE, [reversal.accountId, reversal.cites, reversal.seq]);
  return {
    entry,
    reversedBefore: before[0]?.reversed ?? null,
    endedBefore: ended === undefined ? null : await readOne(client, reversal.accountId, Number(ended.seq)),
  };
}

/** Half of a transfer: its row, and the entry under the same key in the other account. */
async function readTransfer(client: Client, asService: AsService, entry: Entry): Promise<TransferHalf> {
  const other = entry.subject ?? '';
  const counterpart = await asService(async () => {
    const [found] = await rowsOf<{ seq: string }>(client, 'verify-counterpart', COUNTERPART, [other, entry.keyDigest]);
    return found === undefined ? null : readOne(client, other, Number(found.seq));
  });
  return { row: await readTransferRow(client, entry.accountId, entry.seq, entry.type === 'transfer-out'), counterpart };
}

async function readOne(client: Client, accountId: string, seq: number): Promise<Entry | null> {
  const [row] = await rowsOf<EntryRow>(client, 'verify-entries', ENTRIES, [accountId, seq - 1, seq, 1]);
  if (row === undefined) return null;
  const postings = await rowsOf<PostingRow>(client, 'verify-postings', POSTINGS, [accountId, seq - 1, seq]);
  return entryOf(row, postings.map(postingOf));
}

const ENTRIES = `
  SELECT ${ENTRY_COLUMNS} FROM entry
   WHERE account_id = $1 AND seq > $2::bigint AND seq <= $3::bigint ORDER BY account_id, seq LIMIT $4::bigint`;

const POSTINGS = `
  SELECT ${POSTING_COLUMNS} FROM posting
   WHERE account_id = $1 AND seq > $2::bigint AND seq <= $3::bigint ORDER BY account_id, seq, line`;

interface MetadataRow {
  readonly seq: string;
  readonly salt: string;
  readonly content: string;
}

const METADATA = `
  SELECT seq, salt, content::text FROM entry_metadata
   WHERE account_id = $1 AND seq > $2::bigint AND seq <= $3::bigint ORDER BY account_id, seq`;

const REVERSED_BEFORE = `
  SELECT detail ->> 'reversedShare' AS reversed FROM entry
   WHERE account_id = $1 AND cites = $2::bigint AND type = 'reversal' AND seq < $3::bigint ORDER BY seq DESC LIMIT 1`;

const ENDED_BEFORE = `
  SELECT seq FROM entry
   WHERE account_id = $1 AND cites = $2::bigint AND type IN ('settlement', 'waiver') AND seq < $3::bigint ORDER BY seq LIMIT 1`;

const COUNTERPART = `SELECT seq FROM entry WHERE account_id = $1 AND key_digest = decode($2, 'hex')`;

async function rowsOf<Row extends object>(client: Client, name: string, text: string, values: readonly unknown[]): Promise<Row[]> {
  const { rows } = await client.query<Row>({ name, text, values: [...values] });
  return rows;
}

function groupBySeq<Row extends { readonly seq: string }>(rows: readonly Row[]): Map<string, Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(row.seq);
    if (group === undefined) groups.set(row.seq, [row]);
    else group.push(row);
  }
  return groups;
}

function take<Key, Row>(groups: Map<Key, Row>, key: Key): Row | undefined {
  const group = groups.get(key);
  groups.delete(key);
  return group;
}
