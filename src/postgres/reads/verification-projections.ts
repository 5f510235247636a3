import type { Client } from 'pg';
import type { NoticeDelivery } from '../../domain/contract.js';
import { ACTS_CHAIN } from '../../domain/administrative-act.js';
import { amount } from '../../domain/credits.js';
import { BUCKETS, type Bucket, type Lot, type LotCondition, type LotKind } from '../../domain/lot.js';
import { NEVER_DUE, type Purchase, type PurchaseState } from '../../domain/purchase.js';
import type { AccountStatus, Standing } from '../../domain/standing.js';
import type { AccountProjection, ProjectedState } from '../../domain/verification/compare-projections.js';
import { headsInSnapshot, type HeadsInSnapshot } from './signed-heads.js';
import { NOT_OF_ENTRIES, readProjectedAlerts } from './verification-alerts.js';
import { DISPUTES, readDispute, type DisputeText } from './verification-corrections.js';
import { HOLDS, readHold, type HoldRow } from './verification-holds.js';

/**
 * Accounts in order of their ids: every id that any table of the ledger knows, so that rows without an account are found
 * as well. Null after the last one.
 */
export async function nextAccount(client: Client, after: string): Promise<string | null> {
  const { rows } = await client.query<{ account_id: string | null }>({ name: 'verify-next-account', text: NEXT_ACCOUNT, values: [after] });
  return rows[0]?.account_id ?? null;
}

const TABLES_OF_ACCOUNTS = [
  ...['account_state', 'entry', 'posting', 'entry_metadata', 'lot', 'purchase', 'hold', 'payment', 'payment_reversal', 'order_form', 'rate_notice'],
  ...['unfunded_usage', 'dispute', 'transfer', 'transfer_arrival', 'accounting_period', 'signed_head', 'outbox', 'alert_rules', 'alert_fired', 'last_purchase'],
];
const NEXT_ACCOUNT = `SELECT min(account_id) AS account_id FROM (${TABLES_OF_ACCOUNTS.map(
  (table) => `(SELECT account_id FROM ${table} WHERE account_id > $1 AND account_id <> '${ACTS_CHAIN}' ORDER BY account_id LIMIT 1)`,
).join(' UNION ALL ')}) AS next`;

/** For a progress bar: how much there is, as the accounts' own rows say. */
export async function countLedger(client: Client): Promise<{ readonly accounts: number; readonly entries: number }> {
  const { rows } = await client.query<{ accounts: string; entries: string }>(
    'SELECT count(*) AS accounts, coalesce(sum(seq), 0) AS entries FROM account_state',
  );
  return { accounts: Number(rows[0]?.accounts ?? 0), entries: Number(rows[0]?.entries ?? 0) };
}

/** What the service keeps of one account, in one snapshot of a few milliseconds: a longer one would slow the ledger down. */
export async function readProjection(client: Client, accountId: string): Promise<AccountProjection & { readonly heads: HeadsInSnapshot }> {
  await client.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  try {
    const read = async <Row extends object>(name: string, text: string): Promise<Row[]> =>
      (await client.query<Row>({ name: `verify-${name}`, text, values: [accountId] })).rows;
    const [state] = await read<StateRow>('state', STATE);
    const [last] = await read<{ seq: string | null }>('last-entry', 'SELECT max(seq) AS seq FROM entry WHERE account_id = $1');
    const lastEntry = Number(last?.seq ?? 0);
    const lots = await read<LotRow>('lots', LOTS);
    const purchases = await read<PurchaseRow>('purchases', PURCHASES);
    const holds = await read<HoldRow>('holds', HOLDS);
    const notices = await read<NoticeRow>('notices', NOTICES);
    const orderForms = await read<OrderFormRow>('order-forms', ORDER_FORMS);
    const disputes = await read<DisputeText>('disputes', DISPUTES);
    const periods = await read<{ through: string }>('periods', CLOSED_PERIODS);
    const orphans = await read<{ name: string }>('orphans', ORPHANS);
    const heads = await headsInSnapshot(client, accountId, lastEntry);
    return {
      state: state === undefined ? null : readState(state),
      lastEntry,
      lots: lots.map(readLot),
      purchases: purchases.map(readPurchase),
      holds: holds.map(readHold),
      notices: notices.map(({ text_hash, ...row }) => ({
        announced: {
          noticeId: row.notice_id,
          cardId: row.card_id,
          version: row.version,
          effectiveDate: row.effective_date,
          announcedOn: row.announced_on,
          deliveredOn: row.delivered_on,
          deliveries: row.deliveries,
          withdrawn: row.withdrawn,
        },
        textHash: text_hash,
      })),
      orderForms: orderForms.map((row) => ({
        orderFormId: row.order_form_id,
        seq: Number(row.seq),
        number: row.number,
        cardId: row.card_id,
        signedAt: Number(row.signed_at),
        documentHash: row.document_hash,
      })),
      disputes: disputes.map(readDispute),
      closedPeriods: periods.map(({ through }) => through),
      alerts: await readProjectedAlerts(client, accountId),
      orphans: orphans.map(({ name }) => name),
      heads,
    };
  } finally {
    await client.query('ROLLBACK');
  }
}

const CLOSED_PERIODS = 'SELECT through::text FROM accounting_period WHERE account_id = $1 AND reopened_seq IS NULL ORDER BY through';

/** Rows beyond the last entry, and payments whose entry is not there. Those in between are found page by page. */
const ORPHANS = `
  WITH head AS (SELECT coalesce(max(seq), 0) AS seq FROM entry WHERE account_id = $1)
  SELECT format('posting %s line %s', p.seq, p.line) AS name FROM posting AS p, head WHERE p.account_id = $1 AND p.seq > head.seq
  UNION ALL
  SELECT format('metadata of entry %s', m.seq) FROM entry_metadata AS m, head WHERE m.account_id = $1 AND m.seq > head.seq
  UNION ALL
  SELECT format('unfunded usage of entry %s', u.seq) FROM unfunded_usage AS u, head WHERE u.account_id = $1 AND u.seq > head.seq
  UNION ALL
  SELECT format('event of entry %s', o.seq) FROM outbox AS o, head WHERE o.account_id = $1 AND o.seq > head.seq
     AND o.type NOT IN (${NOT_OF_ENTRIES.map((type) => `'${type}'`).join()})
  UNION ALL
  SELECT format('transfer of entry %s', t.seq) FROM transfer AS t WHERE t.account_id = $1 AND NOT EXISTS (
     SELECT FROM entry AS e WHERE e.account_id = t.account_id AND e.seq = t.seq AND e.type = 'transfer-out')
  UNION ALL
  SELECT format('arrival of entry %s', t.seq) FROM transfer_arrival AS t WHERE t.account_id = $1 AND NOT EXISTS (
     SELECT FROM entry AS e WHERE e.account_id = t.account_id AND e.seq = t.seq AND e.type = 'transfer-in')
  UNION ALL
  SELECT format('reversal %s %s', r.provider, r.reversal_id) FROM payment_reversal AS r
   WHERE r.account_id = $1 AND NOT EXISTS (
     SELECT FROM entry AS e WHERE e.account_id = r.account_id AND e.seq = r.seq AND e.type = 'payment-reversed'
        AND e.detail ->> 'provider' = r.provider AND e.detail ->> 'reversalId' = r.reversal_id)
  UNION ALL
  SELECT format('payment %s %s', p.provider, p.provider_payment_id) FROM payment AS p
   WHERE p.account_id = $1 AND NOT EXISTS (
     SELECT FROM entry AS e WHERE e.account_id = p.account_id AND e.seq = p.seq AND e.type = 'payment'
        AND e.detail ->> 'provider' = p.provider AND e.detail ->> 'providerPaymentId' = p.provider_payment_id)`;

interface StateRow {
  readonly seq: string;
  readonly head_hash: string;
  readonly last_recorded_at: string;
  readonly available: string;
  readonly held: string;
  readonly status: string;
  readonly standing: Standing;
  readonly due_at: string | null;
  readonly alerts_from: string;
}

const STATE = `
  SELECT seq, encode(head_hash, 'hex') AS head_hash, (extract(epoch FROM last_recorded_at) * 1000)::bigint AS last_recorded_at,
         available, held, status, standing, (extract(epoch FROM due_at) * 1000)::bigint AS due_at, alerts_from
    FROM account_state WHERE account_id = $1`;

function readState(row: StateRow): ProjectedState {
  return {
    seq: Number(row.seq),
    headHash: row.head_hash,
    lastRecordedAt: Number(row.last_recorded_at),
    available: amount(row.available),
    held: amount(row.held),
    status: row.status as AccountStatus,
    standing: row.standing,
    dueAt: row.due_at === null ? null : Number(row.due_at),
    alertsFrom: Number(row.alerts_from),
  };
}

interface LotRow extends Readonly<Record<Bucket, string>> {
  readonly lot_id: string;
  readonly kind: string;
  readonly card_id: string;
  readonly rate_version: string;
  readonly unit_price: string | null;
  readonly currency: string | null;
  readonly purchase_id: string | null;
  readonly order_form_id: string;
  readonly allocated_at: string;
  readonly valid_until: string | null;
  readonly priority: number;
  readonly open: boolean;
  readonly condition: string;
  readonly freeze_owed: string;
  readonly source_account_id: string | null;
  readonly source_lot_id: string | null;
}

const LOTS = `
  SELECT lot_id, kind, card_id, rate_version, unit_price, currency, purchase_id, order_form_id,
         (extract(epoch FROM allocated_at) * 1000)::bigint AS allocated_at,
         (extract(epoch FROM valid_until) * 1000)::bigint AS valid_until, priority, open, condition, freeze_owed, source_account_id, source_lot_id, ${BUCKETS.join(', ')}
    FROM lot WHERE account_id = $1`;

function readLot(row: LotRow): Lot & { readonly open: boolean } {
  return {
    lotId: Number(row.lot_id),
    kind: row.kind as LotKind,
    cardId: row.card_id,
    rateVersion: row.rate_version,
    unitPrice: row.unit_price,
    currency: row.currency,
    purchaseId: row.purchase_id,
    orderFormId: row.order_form_id,
    allocatedAt: Number(row.allocated_at),
    validUntil: row.valid_until === null ? null : Number(row.valid_until),
    priority: row.priority,
    open: row.open,
    condition: row.condition as LotCondition,
    freezeOwed: amount(row.freeze_owed),
    ...(row.source_account_id === null ? {} : { source: { accountId: row.source_account_id, lotId: Number(row.source_lot_id) } }),
    buckets: Object.fromEntries(BUCKETS.map((bucket) => [bucket, amount(row[bucket])])) as unknown as Lot['buckets'],
  };
}

interface PurchaseRow {
  readonly purchase_id: string;
  readonly order_form_id: string;
  readonly placed_by: string;
  readonly credits: string;
  readonly unit_price: string;
  readonly currency: string;
  readonly price: string;
  readonly tax: string;
  readonly card_id: string;
  readonly rate_version: string;
  readonly purchased_at: string;
  readonly payment_due_at: string | null;
  readonly state: string;
  readonly paid: string;
  readonly withheld: string;
  readonly written_off: string;
  readonly reversed: string;
  readonly price_version: string | null;
}

const PURCHASES = `
  SELECT purchase_id, order_form_id, placed_by, credits, unit_price, currency, price, tax, card_id, rate_version,
         (extract(epoch FROM purchased_at) * 1000)::bigint AS purchased_at,
         (extract(epoch FROM nullif(payment_due_at, 'infinity')) * 1000)::bigint AS payment_due_at, state, paid,
         withheld, written_off, reversed, price_version
    FROM purchase WHERE account_id = $1`;

function readPurchase(row: PurchaseRow): Purchase {
  return {
    purchaseId: row.purchase_id,
    orderFormId: row.order_form_id,
    placedBy: row.placed_by as Purchase['placedBy'],
    credits: amount(row.credits),
    unitPrice: row.unit_price,
    currency: row.currency,
    price: amount(row.price),
    tax: amount(row.tax),
    cardId: row.card_id,
    rateVersion: row.rate_version,
    purchasedAt: Number(row.purchased_at),
    paymentDueAt: row.payment_due_at === null ? NEVER_DUE : Number(row.payment_due_at),
    state: row.state as PurchaseState,
    paid: amount(row.paid),
    withheld: amount(row.withheld),
    writtenOff: amount(row.written_off),
    reversed: amount(row.reversed),
    priceVersion: row.price_version,
  };
}

interface NoticeRow {
  readonly notice_id: string;
  readonly card_id: string;
  readonly version: number;
  readonly effective_date: string;
  readonly announced_on: string;
  readonly delivered_on: string | null;
  readonly deliveries: readonly NoticeDelivery[];
  readonly withdrawn: boolean;
  readonly text_hash: string;
}

const NOTICES = `
  SELECT notice_id, card_id, version, effective_date::text, announced_on::text, delivered_on::text, deliveries, withdrawn,
         encode(sha256(convert_to(content, 'UTF8')), 'hex') AS text_hash
    FROM rate_notice WHERE account_id = $1`;

interface OrderFormRow {
  readonly order_form_id: string;
  readonly seq: string;
  readonly number: string;
  readonly card_id: string;
  readonly signed_at: string;
  readonly document_hash: string;
}

const ORDER_FORMS = `
  SELECT order_form_id, seq, number, card_id, (extract(epoch FROM signed_at) * 1000)::bigint AS signed_at,
         encode(sha256(convert_to(document::text, 'UTF8')), 'hex') AS document_hash
    FROM order_form WHERE account_id = $1`;
