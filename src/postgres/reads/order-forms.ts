import type { DataSource, EntityManager } from 'typeorm';
import { sha256 } from '../../domain/hash-chain.js';
import type { OrderFormDocument } from '../../domain/order-form-document.js';

export interface SignedOrderForm {
  readonly orderFormId: string;
  readonly seq: number;
  readonly signedAt: number;
  readonly document: OrderFormDocument;
  readonly documentHash: string;
}

interface OrderFormRow {
  readonly order_form_id: string;
  readonly seq: string;
  readonly signed_at: Date;
  readonly document: string;
}

/** The account's order forms in order of signature. */
export async function readOrderForms(database: DataSource | EntityManager, accountId: string): Promise<SignedOrderForm[]> {
  const rows = await database.query<OrderFormRow[]>(
    `SELECT order_form_id, seq, signed_at, document::text AS document FROM order_form WHERE account_id = $1 ORDER BY seq`,
    [accountId],
  );
  return rows.map((row) => ({
    orderFormId: row.order_form_id,
    seq: Number(row.seq),
    signedAt: row.signed_at.getTime(),
    document: JSON.parse(row.document) as OrderFormDocument,
    documentHash: sha256(row.document),
  }));
}
