import type { LedgerConnection } from '../connection.js';
import { instantText } from '../../domain/calendar.js';
import { formatCredits } from '../../domain/credits.js';
import { isOpen, type Bucket, type Lot } from '../../domain/lot.js';
import type { LotOfAccount } from './load-lots.js';
import { PlainColumn, TextColumn } from './array-literal.js';

const BUCKET_COLUMNS: readonly Bucket[] = [
  'issued',
  'available',
  'held',
  'consumed',
  'lapsed',
  'frozen',
  'withdrawn',
  'transferred',
];

const BURN_LOTS = {
  name: 'burn-lots',
  text: `UPDATE lot AS l SET open = n.open, available = n.available, held = n.held, consumed = n.consumed
    FROM (
      SELECT unnest($1::text[]) AS account_id, unnest($2::bigint[]) AS lot_id, unnest($3::boolean[]) AS open,
        unnest($4::numeric[]) AS available, unnest($5::numeric[]) AS held, unnest($6::numeric[]) AS consumed
    ) AS n
    WHERE l.account_id = n.account_id AND l.lot_id = n.lot_id`,
};

/** What use alone does to a lot: credits move between these three buckets, and it may run out. */
export async function burnLots(connection: LedgerConnection, lots: readonly LotOfAccount[]): Promise<void> {
  const account = new TextColumn();
  const lotId = new PlainColumn();
  const open = new PlainColumn();
  const available = new PlainColumn();
  const held = new PlainColumn();
  const consumed = new PlainColumn();
  for (const { accountId, lot } of lots) {
    account.add(accountId);
    lotId.add(lot.lotId);
    open.add(isOpen(lot));
    available.add(formatCredits(lot.buckets.available));
    held.add(formatCredits(lot.buckets.held));
    consumed.add(formatCredits(lot.buckets.consumed));
  }
  await connection.run(BURN_LOTS, [account, lotId, open, available, held, consumed].map(String));
}

const UPDATE_LOTS = {
  name: 'update-lots',
  text: `UPDATE lot AS l
    SET priority = n.priority, open = n.open, issued = n.issued, available = n.available, held = n.held, consumed = n.consumed,
        lapsed = n.lapsed, frozen = n.frozen, withdrawn = n.withdrawn, transferred = n.transferred
    FROM (
      SELECT unnest($1::text[]) AS account_id, unnest($2::bigint[]) AS lot_id, unnest($3::smallint[]) AS priority,
        unnest($4::boolean[]) AS open, unnest($5::numeric[]) AS issued, unnest($6::numeric[]) AS available,
        unnest($7::numeric[]) AS held, unnest($8::numeric[]) AS consumed, unnest($9::numeric[]) AS lapsed,
        unnest($10::numeric[]) AS frozen, unnest($11::numeric[]) AS withdrawn, unnest($12::numeric[]) AS transferred
    ) AS n
    WHERE l.account_id = n.account_id AND l.lot_id = n.lot_id`,
};

/** Brings lots to where the batch left them: one update a lot, however many postings it got. */
export async function updateLots(connection: LedgerConnection, lots: readonly LotOfAccount[]): Promise<void> {
  await connection.run(UPDATE_LOTS, standing(lots));
}

const INSERT_LOTS = {
  name: 'insert-lots',
  text: `INSERT INTO lot (account_id, lot_id, priority, open, issued, available, held, consumed, lapsed, frozen, withdrawn, transferred,
      kind, card_id, rate_version, unit_price, currency, purchase_id, order_form_id, allocated_at, valid_until, source_account_id, source_lot_id)
    SELECT * FROM unnest($1::text[], $2::bigint[], $3::smallint[], $4::boolean[], $5::numeric[], $6::numeric[], $7::numeric[],
      $8::numeric[], $9::numeric[], $10::numeric[], $11::numeric[], $12::numeric[], $13::text[], $14::text[], $15::text[],
      $16::numeric[], $17::text[], $18::text[], $19::text[], $20::timestamptz[], $21::timestamptz[], $22::text[], $23::bigint[])`,
};

/** A second lot of one purchase is refused by its unique key (P3). */
export async function insertLots(connection: LedgerConnection, lots: readonly LotOfAccount[]): Promise<void> {
  const terms = [
    texts(lots, (lot) => lot.kind),
    texts(lots, (lot) => lot.cardId),
    texts(lots, (lot) => lot.rateVersion),
    texts(lots, (lot) => lot.unitPrice),
    texts(lots, (lot) => lot.currency),
    texts(lots, (lot) => lot.purchaseId),
    texts(lots, (lot) => lot.orderFormId),
    texts(lots, (lot) => instantText(lot.allocatedAt)),
    texts(lots, (lot) => (lot.validUntil === null ? null : instantText(lot.validUntil))),
    texts(lots, (lot) => lot.source?.accountId ?? null),
    texts(lots, (lot) => (lot.source === undefined ? null : String(lot.source.lotId))),
  ];
  await connection.run(INSERT_LOTS, [...standing(lots), ...terms]);
}

const UPDATE_CONDITIONS = {
  name: 'update-lot-conditions',
  text: `UPDATE lot AS l SET condition = n.condition, freeze_owed = n.freeze_owed
    FROM unnest($1::text[], $2::bigint[], $3::text[], $4::numeric[]) AS n (account_id, lot_id, condition, freeze_owed)
    WHERE l.account_id = n.account_id AND l.lot_id = n.lot_id`,
};

/** How lots stand in disputes of their payments: apart from the update that every debit makes, which it would only slow down. */
export async function updateLotConditions(connection: LedgerConnection, lots: readonly LotOfAccount[]): Promise<void> {
  const account = new TextColumn();
  const lotId = new PlainColumn();
  const owed = new PlainColumn();
  for (const { accountId, lot } of lots) {
    account.add(accountId);
    lotId.add(lot.lotId);
    owed.add(formatCredits(lot.freezeOwed));
  }
  await connection.run(UPDATE_CONDITIONS, [account.toString(), lotId.toString(), texts(lots, (lot) => lot.condition), owed.toString()]);
}

function texts(lots: readonly LotOfAccount[], value: (lot: Lot) => string | null): string {
  const column = new TextColumn();
  for (const { lot } of lots) column.add(value(lot));
  return column.toString();
}

function standing(lots: readonly LotOfAccount[]): string[] {
  const account = new TextColumn();
  const lotId = new PlainColumn();
  const priority = new PlainColumn();
  const open = new PlainColumn();
  const buckets = BUCKET_COLUMNS.map(() => new PlainColumn());
  for (const { accountId, lot } of lots) {
    account.add(accountId);
    lotId.add(lot.lotId);
    priority.add(lot.priority);
    open.add(isOpen(lot));
    buckets.forEach((column, i) => column.add(formatCredits(lot.buckets[BUCKET_COLUMNS[i] as Bucket])));
  }
  return [account, lotId, priority, open, ...buckets].map(String);
}
