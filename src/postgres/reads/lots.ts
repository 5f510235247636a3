import type { DataSource, EntityManager } from 'typeorm';
import { amount } from '../../domain/credits.js';
import type { Bucket, Lot, LotCondition, LotKind } from '../../domain/lot.js';

type Amounts = Readonly<Record<Bucket, string>>;

interface LotRow extends Amounts {
  readonly lot_id: string;
  readonly kind: LotKind;
  readonly card_id: string;
  readonly rate_version: string;
  readonly unit_price: string | null;
  readonly currency: string | null;
  readonly purchase_id: string | null;
  readonly order_form_id: string;
  readonly allocated_at: Date;
  readonly valid_until: Date | null;
  readonly priority: number;
  readonly condition: LotCondition;
  readonly freeze_owed: string;
  readonly source_account_id: string | null;
  readonly source_lot_id: string | null;
}

const LOT = `lot_id, kind, card_id, rate_version, trim_scale(unit_price)::text AS unit_price, currency, purchase_id, order_form_id,
  allocated_at, valid_until, priority, issued, available, held, consumed, lapsed, frozen, withdrawn, transferred,
  condition, freeze_owed, source_account_id, source_lot_id`;

export interface LotPage {
  readonly accountId: string;
  /** Lots with a greater id than this. */
  readonly after: number;
  readonly limit: number;
  /** Null: open ones and used-up ones. */
  readonly open: boolean | null;
}

/** The account's lots, oldest first. */
export async function readLotPage(database: DataSource | EntityManager, { accountId, after, limit, open }: LotPage): Promise<Lot[]> {
  const rows = await database.query<LotRow[]>(
    `SELECT ${LOT} FROM lot WHERE account_id = $1 AND lot_id > $2 AND ($3::boolean IS NULL OR open = $3) ORDER BY lot_id LIMIT $4`,
    [accountId, after, open, limit],
  );
  return rows.map(lotOf);
}

export async function readLots(database: DataSource | EntityManager, accountId: string, lotIds: readonly number[]): Promise<Lot[]> {
  if (lotIds.length === 0) return [];
  const rows = await database.query<LotRow[]>(
    `SELECT ${LOT} FROM lot WHERE account_id = $1 AND lot_id = ANY($2::bigint[]) ORDER BY lot_id`,
    [accountId, lotIds],
  );
  return rows.map(lotOf);
}

function lotOf(row: LotRow): Lot {
  return {
    lotId: Number(row.lot_id),
    kind: row.kind,
    cardId: row.card_id,
    rateVersion: row.rate_version,
    unitPrice: row.unit_price,
    currency: row.currency,
    purchaseId: row.purchase_id,
    orderFormId: row.order_form_id,
    allocatedAt: row.allocated_at.getTime(),
    validUntil: row.valid_until?.getTime() ?? null,
    priority: row.priority,
    condition: row.condition,
    freezeOwed: amount(row.freeze_owed),
    ...(row.source_account_id === null ? {} : { source: { accountId: row.source_account_id, lotId: Number(row.source_lot_id) } }),
    buckets: {
      issued: amount(row.issued),
      available: amount(row.available),
      held: amount(row.held),
      consumed: amount(row.consumed),
      lapsed: amount(row.lapsed),
      frozen: amount(row.frozen),
      withdrawn: amount(row.withdrawn),
      transferred: amount(row.transferred),
    },
  };
}
