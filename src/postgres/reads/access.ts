import type { DataSource, EntityManager } from 'typeorm';
import type { OrderFormDocument } from '../../domain/order-form-document.js';
import type { AccountStatus, Standing } from '../../domain/standing.js';

/** What an account's next action depends on, from its one row and its order forms. */
export interface AccountAccess {
  readonly status: AccountStatus;
  readonly standing: Standing;
  readonly available: string;
  readonly held: string;
  /** Whether something is due that the row does not show yet. */
  readonly dueNow: boolean;
  /** Calendar day by business time, UTC; the order forms in order of signature. */
  readonly now: number;
  readonly orderForms: readonly OrderFormDocument[];
}

interface Row {
  readonly status: AccountStatus;
  readonly standing: Standing;
  readonly available: string;
  readonly held: string;
  readonly due_now: boolean;
  readonly now: string;
  readonly order_forms: readonly OrderFormDocument[] | null;
}

export async function readAccess(database: DataSource | EntityManager, accountId: string): Promise<AccountAccess | null> {
  const [row] = await database.query<Row[]>(
    `SELECT s.status, s.standing, s.available, s.held,
        coalesce(s.due_at <= c.now, false) AS due_now,
        floor(extract(epoch FROM c.now) * 1000)::bigint AS now,
        (SELECT json_agg(document ORDER BY seq) FROM order_form AS f WHERE f.account_id = s.account_id) AS order_forms
      FROM account_state AS s
      CROSS JOIN (SELECT clock_timestamp() + offset_ms * interval '1 millisecond' AS now FROM business_clock) AS c
      WHERE s.account_id = $1`,
    [accountId],
  );
  if (row === undefined) return null;
  const { status, standing, available, held, due_now: dueNow, order_forms: orderForms } = row;
  return { status, standing, available, held, dueNow, now: Number(row.now), orderForms: orderForms ?? [] };
}
