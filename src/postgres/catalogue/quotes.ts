import type { DataSource, EntityManager } from 'typeorm';
import { amount, formatCredits } from '../../domain/credits.js';
import { formatMoney } from '../../domain/money.js';
import type { PurchaseQuote } from '../../domain/quote.js';

interface QuoteRow {
  readonly quote_id: string;
  readonly order_form_id: string;
  readonly credits: string;
  readonly unit_price: string;
  readonly price_version: string | null;
  readonly currency: string;
  readonly price: string;
  readonly tax: string;
  readonly card_id: string;
  readonly rate_version: string;
  readonly quoted_at: Date;
  readonly expires_at: Date;
}

export async function insertQuote(manager: EntityManager, accountId: string, quote: PurchaseQuote, actor: string): Promise<void> {
  await manager.query(
    `INSERT INTO purchase_quote (account_id, quote_id, order_form_id, credits, unit_price, price_version, currency, price, tax, card_id,
       rate_version, quoted_at, quoted_by, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`,
    [
      accountId,
      quote.quoteId,
      quote.orderFormId,
      formatCredits(quote.credits),
      quote.unitPrice,
      quote.priceVersion,
      quote.currency,
      formatMoney(quote.price, quote.currency),
      formatMoney(quote.tax, quote.currency),
      quote.cardId,
      quote.rateVersion,
      new Date(quote.quotedAt),
      actor,
      new Date(quote.expiresAt),
    ],
  );
}

export async function readQuote(database: DataSource | EntityManager, accountId: string, quoteId: string): Promise<PurchaseQuote | null> {
  const [row] = await database.query<QuoteRow[]>(
    `SELECT quote_id, order_form_id, credits, trim_scale(unit_price)::text AS unit_price, price_version, currency, price, tax, card_id,
            rate_version, quoted_at, expires_at
       FROM purchase_quote WHERE account_id = $1 AND quote_id = $2`,
    [accountId, quoteId],
  );
  if (row === undefined) return null;
  return {
    quoteId: row.quote_id,
    orderFormId: row.order_form_id,
    credits: amount(row.credits),
    unitPrice: row.unit_price,
    priceVersion: row.price_version,
    currency: row.currency,
    price: amount(row.price),
    tax: amount(row.tax),
    cardId: row.card_id,
    rateVersion: row.rate_version,
    quotedAt: row.quoted_at.getTime(),
    expiresAt: row.expires_at.getTime(),
  };
}
