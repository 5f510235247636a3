import type { Client } from 'pg';
import { amount } from '../../domain/credits.js';
import type { Entry } from '../../domain/entry.js';
import type { PriceVersion } from '../../domain/price.js';
import type { PaymentReversalRow, PaymentRow } from '../../domain/verification/replay.js';

interface PaymentText {
  readonly entry_seq: string;
  readonly provider: string;
  readonly provider_payment_id: string;
  readonly account_id: string;
  readonly seq: string;
  readonly purchase_id: string;
  readonly amount: string;
  readonly currency: string;
  readonly received_at: string;
  readonly excess: string;
  readonly break_kind: string | null;
}

const PAYMENTS = `
  SELECT e.seq AS entry_seq, p.provider, p.provider_payment_id, p.account_id, p.seq, p.purchase_id, p.amount, p.currency,
         (extract(epoch FROM p.received_at) * 1000)::bigint AS received_at, p.excess,
         (SELECT kind FROM break AS b WHERE b.account_id = e.account_id AND b.seq = e.seq LIMIT 1) AS break_kind
    FROM unnest($2::bigint[]) AS named (seq)
    JOIN entry AS e ON e.account_id = $1 AND e.seq = named.seq
    JOIN payment AS p ON p.provider = e.detail ->> 'provider' AND p.provider_payment_id = e.detail ->> 'providerPaymentId'`;

/** By the provider's id that the entry names: the table's own key, so a row that was moved to another account is found too. */
export async function readPaymentRows(client: Client, entries: readonly Entry[]): Promise<ReadonlyMap<number, PaymentRow>> {
  const rows = await rowsOf<PaymentText>(client, 'verify-payments', PAYMENTS, entries, 'payment');
  return new Map(
    rows.map((row) => [
      Number(row.entry_seq),
      {
        provider: row.provider,
        providerPaymentId: row.provider_payment_id,
        accountId: row.account_id,
        seq: Number(row.seq),
        purchaseId: row.purchase_id,
        amount: amount(row.amount),
        currency: row.currency,
        receivedAt: Number(row.received_at),
        excess: amount(row.excess),
        breakKind: row.break_kind,
      },
    ]),
  );
}

interface ReversalText {
  readonly entry_seq: string;
  readonly provider: string;
  readonly reversal_id: string;
  readonly provider_payment_id: string;
  readonly account_id: string;
  readonly seq: string;
  readonly purchase_id: string;
  readonly amount: string;
  readonly currency: string;
  readonly reversed_at: string;
  readonly break_kind: string | null;
}

const REVERSALS = `
  SELECT e.seq AS entry_seq, r.provider, r.reversal_id, r.provider_payment_id, r.account_id, r.seq, r.purchase_id, r.amount, r.currency,
         (extract(epoch FROM r.reversed_at) * 1000)::bigint AS reversed_at,
         (SELECT kind FROM break AS b WHERE b.account_id = e.account_id AND b.seq = e.seq LIMIT 1) AS break_kind
    FROM unnest($2::bigint[]) AS named (seq)
    JOIN entry AS e ON e.account_id = $1 AND e.seq = named.seq
    JOIN payment_reversal AS r ON r.provider = e.detail ->> 'provider' AND r.reversal_id = e.detail ->> 'reversalId'`;

export async function readPaymentReversalRows(client: Client, entries: readonly Entry[]): Promise<ReadonlyMap<number, PaymentReversalRow>> {
  const rows = await rowsOf<ReversalText>(client, 'verify-payment-reversals', REVERSALS, entries, 'payment-reversed');
  return new Map(
    rows.map((row) => [
      Number(row.entry_seq),
      {
        provider: row.provider,
        reversalId: row.reversal_id,
        providerPaymentId: row.provider_payment_id,
        accountId: row.account_id,
        seq: Number(row.seq),
        purchaseId: row.purchase_id,
        amount: amount(row.amount),
        currency: row.currency,
        reversedAt: Number(row.reversed_at),
        breakKind: row.break_kind,
      },
    ]),
  );
}

/** The price lists of all cards: there are few, and any purchase may have been made at any of them. */
export async function readPriceLists(client: Client): Promise<PriceVersion[]> {
  const { rows } = await client.query<PriceVersion>(
    `SELECT card_id AS "cardId", currency, version, effective_date::text AS "effectiveDate", trim_scale(unit_price)::text AS "unitPrice"
       FROM price_version ORDER BY card_id, currency, version`,
  );
  return rows;
}

async function rowsOf<Row extends object>(client: Client, name: string, text: string, entries: readonly Entry[], type: Entry['type']): Promise<Row[]> {
  const named = entries.filter((entry) => entry.type === type);
  if (named.length === 0) return [];
  const { rows } = await client.query<Row>({ name, text, values: [named[0]?.accountId ?? '', named.map(({ seq }) => seq)] });
  return rows;
}
