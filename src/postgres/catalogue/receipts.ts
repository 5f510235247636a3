import type { DataSource } from 'typeorm';
import { amount, type Amount } from '../../domain/credits.js';
import { refuse } from '../../domain/errors.js';
import { formatMoney } from '../../domain/money.js';

/** Who reported something, under which key, asking exactly what. */
interface Report {
  readonly reportedBy: string;
  readonly reportedAt: number;
  /** 16-byte digests, hex. */
  readonly keyDigest: string;
  readonly fingerprint: string;
}

/** Money that was received, as it was first reported, whatever it turns out to be for. */
export interface PaymentReceipt extends Report {
  readonly provider: string;
  readonly providerPaymentId: string;
  readonly amount: Amount;
  readonly currency: string;
  readonly receivedAt: number;
  /** As whoever reported it said. */
  readonly accountId: string | null;
  readonly purchaseId: string | null;
}

/** Money that the bank took back, as it was first reported. */
export interface ReversalReceipt extends Report {
  readonly provider: string;
  readonly reversalId: string;
  readonly providerPaymentId: string;
  readonly amount: Amount;
  readonly currency: string;
  readonly reversedAt: number;
  readonly reason: string;
}

interface ReportRow {
  readonly amount: string;
  readonly currency: string;
  readonly reported_by: string;
  readonly reported_at: Date;
  readonly key_digest: string;
  readonly fingerprint: string;
}

interface PaymentRow extends ReportRow {
  readonly provider: string;
  readonly provider_payment_id: string;
  readonly received_at: Date;
  readonly account_id: string | null;
  readonly purchase_id: string | null;
}

interface ReversalRow extends ReportRow {
  readonly provider: string;
  readonly reversal_id: string;
  readonly provider_payment_id: string;
  readonly reversed_at: Date;
  readonly reason: string;
}

const REPORT = `amount, currency, reported_by, reported_at, encode(key_digest, 'hex') AS key_digest, encode(fingerprint, 'hex') AS fingerprint`;
const PAYMENT = `provider, provider_payment_id, received_at, account_id, purchase_id, ${REPORT}`;
const REVERSAL = `provider, reversal_id, provider_payment_id, reversed_at, reason, ${REPORT}`;

/** Keeps a report, unless the transaction was reported before: of each the first report counts, and is returned. */
export async function takePaymentReceipt(database: DataSource, receipt: PaymentReceipt): Promise<PaymentReceipt> {
  const { provider, providerPaymentId } = receipt;
  await database.query(
      `INSERT INTO payment_receipt (provider, provider_payment_id, amount, currency, received_at, account_id, purchase_id, reported_by,
         reported_at, key_digest, fingerprint)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, decode($10, 'hex'), decode($11, 'hex'))
       ON CONFLICT DO NOTHING`,
      [
        provider,
        providerPaymentId,
        formatMoney(receipt.amount, receipt.currency),
        receipt.currency,
        new Date(receipt.receivedAt),
        receipt.accountId,
        receipt.purchaseId,
        receipt.reportedBy,
        new Date(receipt.reportedAt),
        receipt.keyDigest,
        receipt.fingerprint,
      ],
  );
  const kept = await readPaymentReceipt(database, provider, providerPaymentId);
  return kept ?? keyOfAnother();
}

export async function readPaymentReceipt(database: DataSource, provider: string, providerPaymentId: string): Promise<PaymentReceipt | null> {
  const [row] = await database.query<PaymentRow[]>(
    `SELECT ${PAYMENT} FROM payment_receipt WHERE provider = $1 AND provider_payment_id = $2`,
    [provider, providerPaymentId],
  );
  return row === undefined ? null : paymentOf(row);
}

/** As many as one answer lists. */
const LISTED = 500;

/** Money that no account has booked, oldest first. */
export async function readUnbookedReceipts(database: DataSource): Promise<PaymentReceipt[]> {
  const rows = await database.query<PaymentRow[]>(
    `SELECT ${PAYMENT} FROM payment_receipt AS r
      WHERE NOT EXISTS (SELECT FROM payment AS p WHERE p.provider = r.provider AND p.provider_payment_id = r.provider_payment_id)
      ORDER BY reported_at, provider, provider_payment_id LIMIT ${LISTED}`,
  );
  return rows.map(paymentOf);
}

/** Likewise for what the bank took back. */
export async function takeReversalReceipt(database: DataSource, receipt: ReversalReceipt): Promise<ReversalReceipt> {
  const { provider, reversalId } = receipt;
  await database.query(
      `INSERT INTO reversal_receipt (provider, reversal_id, provider_payment_id, amount, currency, reversed_at, reason, reported_by,
         reported_at, key_digest, fingerprint)
       VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, decode($10, 'hex'), decode($11, 'hex'))
       ON CONFLICT DO NOTHING`,
      [
        provider,
        reversalId,
        receipt.providerPaymentId,
        formatMoney(receipt.amount, receipt.currency),
        receipt.currency,
        new Date(receipt.reversedAt),
        receipt.reason,
        receipt.reportedBy,
        new Date(receipt.reportedAt),
        receipt.keyDigest,
        receipt.fingerprint,
      ],
  );
  const [row] = await database.query<ReversalRow[]>(`SELECT ${REVERSAL} FROM reversal_receipt WHERE provider = $1 AND reversal_id = $2`, [
    provider,
    reversalId,
  ]);
  return row === undefined ? keyOfAnother() : reversalOf(row);
}

/** What the bank took back of a payment, in the order of the reports. */
export async function readReversalReceipts(database: DataSource, provider: string, providerPaymentId: string): Promise<ReversalReceipt[]> {
  const rows = await database.query<ReversalRow[]>(
    `SELECT ${REVERSAL} FROM reversal_receipt WHERE provider = $1 AND provider_payment_id = $2 ORDER BY reported_at, reversal_id`,
    [provider, providerPaymentId],
  );
  return rows.map(reversalOf);
}

/** The entry that booked a reversal; null: none has. */
export async function readBookedReversal(database: DataSource, provider: string, reversalId: string): Promise<{ accountId: string; seq: number } | null> {
  const [row] = await database.query<{ account_id: string; seq: string }[]>(
    'SELECT account_id, seq FROM payment_reversal WHERE provider = $1 AND reversal_id = $2',
    [provider, reversalId],
  );
  return row === undefined ? null : { accountId: row.account_id, seq: Number(row.seq) };
}

/** Nothing is on record for this transaction, and nothing could be kept: another one was reported under the same key. */
function keyOfAnother(): never {
  return refuse('idempotency-key-reused', 'This idempotency key belongs to another request. Send the request under a key of its own.');
}

function paymentOf(row: PaymentRow): PaymentReceipt {
  return {
    ...reportOf(row),
    provider: row.provider,
    providerPaymentId: row.provider_payment_id,
    receivedAt: row.received_at.getTime(),
    accountId: row.account_id,
    purchaseId: row.purchase_id,
  };
}

function reversalOf(row: ReversalRow): ReversalReceipt {
  return {
    ...reportOf(row),
    provider: row.provider,
    reversalId: row.reversal_id,
    providerPaymentId: row.provider_payment_id,
    reversedAt: row.reversed_at.getTime(),
    reason: row.reason,
  };
}

function reportOf(row: ReportRow): Report & { readonly amount: Amount; readonly currency: string } {
  return {
    amount: amount(row.amount),
    currency: row.currency,
    reportedBy: row.reported_by,
    reportedAt: row.reported_at.getTime(),
    keyDigest: row.key_digest,
    fingerprint: row.fingerprint,
  };
}
