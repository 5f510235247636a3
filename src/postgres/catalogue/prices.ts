import type { DataSource, EntityManager } from 'typeorm';
import type { PriceVersion } from '../../domain/price.js';

/** A version of a price list as it was published. */
export interface PublishedPrice extends PriceVersion {
  readonly createdAt: number;
}

interface PriceRow {
  readonly card_id: string;
  readonly currency: string;
  readonly version: number;
  readonly effective_date: string;
  readonly unit_price: string;
  readonly created_at: Date;
}

const PRICE = 'card_id, currency, version, effective_date::text AS effective_date, trim_scale(unit_price)::text AS unit_price, created_at';

/** The next version of a card's prices in a currency. Two at the same time take turns. */
export async function insertPrice(
  manager: EntityManager,
  price: Omit<PriceVersion, 'version'>,
  { now, actor }: { readonly now: number; readonly actor: string },
): Promise<PublishedPrice> {
  const { cardId, currency, effectiveDate, unitPrice } = price;
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`price-list/${cardId}/${currency}`]);
  const [row] = await manager.query<PriceRow[]>(
    `INSERT INTO price_version (card_id, currency, version, effective_date, unit_price, created_at, created_by)
     SELECT $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6 FROM price_version WHERE card_id = $1 AND currency = $2
     RETURNING ${PRICE}`,
    [cardId, currency, effectiveDate, unitPrice, new Date(now), actor],
  );
  if (row === undefined) throw new Error('a price was not stored');
  return priceOf(row);
}

export async function readPrices(database: DataSource, cardId: string): Promise<PublishedPrice[]> {
  const rows = await database.query<PriceRow[]>(`SELECT ${PRICE} FROM price_version WHERE card_id = $1 ORDER BY currency, version`, [cardId]);
  return rows.map(priceOf);
}

/** The price lists of all cards that the account's order forms name: what a purchase may cost there. */
export async function readPricesFor(database: DataSource, accountId: string): Promise<PriceVersion[]> {
  const rows = await database.query<PriceRow[]>(
    `SELECT ${PRICE} FROM price_version WHERE card_id IN (SELECT card_id FROM order_form WHERE account_id = $1) ORDER BY card_id, currency, version`,
    [accountId],
  );
  return rows.map(priceOf);
}

function priceOf(row: PriceRow): PublishedPrice {
  return {
    cardId: row.card_id,
    currency: row.currency,
    version: row.version,
    effectiveDate: row.effective_date,
    unitPrice: row.unit_price,
    createdAt: row.created_at.getTime(),
  };
}
