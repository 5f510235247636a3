import type { LedgerConnection, Row } from '../connection.js';
import { amount } from '../../domain/credits.js';
import type { Lot, LotCondition, LotKind } from '../../domain/lot.js';
import { PlainColumn, TextColumn, textArray } from './array-literal.js';

const COLUMNS = `lot_id, kind, card_id, rate_version, trim_scale(unit_price), currency, purchase_id, order_form_id,
  (extract(epoch FROM allocated_at) * 1000)::bigint, (extract(epoch FROM valid_until) * 1000)::bigint, priority,
  issued, available, held, consumed, lapsed, frozen, withdrawn, transferred,
  condition, freeze_owed, source_account_id, source_lot_id`;

/** The first open lots of each account in burn order: hardly any debit needs more, and an account may have hundreds. */
export const LOTS_LOADED_FIRST = 8;

const OPEN_LOTS = {
  name: 'load-open-lots',
  text: `SELECT a.account_id, l.*
    FROM unnest($1::text[]) AS a (account_id)
    CROSS JOIN LATERAL (
      SELECT ${COLUMNS} FROM lot
      WHERE lot.account_id = a.account_id AND open
      ORDER BY priority, valid_until, allocated_at, lot_id LIMIT $2
    ) AS l`,
};

export interface LotOfAccount {
  readonly accountId: string;
  readonly lot: Lot;
}

export async function loadOpenLots(connection: LedgerConnection, ids: readonly string[], atMost: number): Promise<LotOfAccount[]> {
  return (await connection.run(OPEN_LOTS, [textArray(ids), atMost])).map(readLotOfAccount);
}

const NAMED_LOTS = {
  name: 'load-named-lots',
  text: `SELECT n.account_id, l.*
    FROM unnest($1::text[], $2::bigint[]) AS n (account_id, lot_id)
    CROSS JOIN LATERAL (
      SELECT ${COLUMNS} FROM lot WHERE lot.account_id = n.account_id AND lot.lot_id = n.lot_id LIMIT 1
    ) AS l`,
};

export async function loadNamedLots(
  connection: LedgerConnection,
  names: readonly { readonly accountId: string; readonly lotId: number }[],
): Promise<LotOfAccount[]> {
  const accounts = new TextColumn();
  const lots = new PlainColumn();
  for (const { accountId, lotId } of names) {
    accounts.add(accountId);
    lots.add(lotId);
  }
  return (await connection.run(NAMED_LOTS, [accounts.toString(), lots.toString()])).map(readLotOfAccount);
}

const LOTS_OF_PURCHASES = {
  name: 'load-lots-of-purchases',
  text: `SELECT n.account_id, l.*
    FROM unnest($1::text[], $2::text[]) AS n (account_id, purchase_id)
    CROSS JOIN LATERAL (
      SELECT ${COLUMNS} FROM lot
      WHERE lot.account_id = n.account_id AND lot.purchase_id = n.purchase_id AND source_account_id IS NULL LIMIT 1
    ) AS l`,
};

/** The lots that purchases were allocated to, without those that a transfer brought. */
export async function loadLotsOfPurchases(
  connection: LedgerConnection,
  purchases: readonly { readonly accountId: string; readonly purchaseId: string }[],
): Promise<LotOfAccount[]> {
  const accounts = new TextColumn();
  const ids = new TextColumn();
  for (const { accountId, purchaseId } of purchases) {
    accounts.add(accountId);
    ids.add(purchaseId);
  }
  return (await connection.run(LOTS_OF_PURCHASES, [accounts.toString(), ids.toString()])).map(readLotOfAccount);
}

function readLotOfAccount([accountId, ...row]: Row): LotOfAccount {
  return { accountId: accountId as string, lot: readLot(row) };
}

function readLot(row: Row): Lot {
  const text = (column: number): string => row[column] as string;
  const bucket = (column: number): Lot['buckets']['issued'] => amount(text(column));
  return {
    lotId: Number.parseInt(text(0), 10),
    kind: text(1) as LotKind,
    cardId: text(2),
    rateVersion: text(3),
    unitPrice: row[4] ?? null,
    currency: row[5] ?? null,
    purchaseId: row[6] ?? null,
    orderFormId: text(7),
    allocatedAt: Number.parseInt(text(8), 10),
    validUntil: row[9] == null ? null : Number.parseInt(row[9], 10),
    priority: Number.parseInt(text(10), 10),
    condition: text(19) as LotCondition,
    freezeOwed: bucket(20),
    ...(row[21] == null ? {} : { source: { accountId: row[21], lotId: Number.parseInt(text(22), 10) } }),
    buckets: {
      issued: bucket(11),
      available: bucket(12),
      held: bucket(13),
      consumed: bucket(14),
      lapsed: bucket(15),
      frozen: bucket(16),
      withdrawn: bucket(17),
      transferred: bucket(18),
    },
  };
}
