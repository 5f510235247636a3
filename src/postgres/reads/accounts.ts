import type { DataSource, EntityManager } from 'typeorm';
import type { AccountStatus } from '../../domain/standing.js';
import { LicenseeRow } from '../entities/licensee.entity.js';

export interface Account {
  readonly accountId: string;
  readonly licenseeId: string;
  readonly createdAt: number;
  readonly status: AccountStatus;
  /** Number of its newest entry; 0: it has none. */
  readonly seq: number;
}

interface AccountStateRow {
  readonly account_id: string;
  readonly licensee_id: string;
  readonly created_at: Date;
  readonly status: AccountStatus;
  readonly seq: string;
}

export async function readAccount(database: DataSource | EntityManager, accountId: string): Promise<Account | null> {
  const [row] = await database.query<AccountStateRow[]>(
    `SELECT a.account_id, a.licensee_id, a.created_at, s.status, s.seq
       FROM account AS a JOIN account_state AS s USING (account_id) WHERE a.account_id = $1`,
    [accountId],
  );
  if (row === undefined) return null;
  return {
    accountId: row.account_id,
    licenseeId: row.licensee_id,
    createdAt: row.created_at.getTime(),
    status: row.status,
    seq: Number(row.seq),
  };
}

export async function accountExists(database: DataSource | EntityManager, accountId: string): Promise<boolean> {
  const rows = await database.query<unknown[]>('SELECT 1 FROM account_state WHERE account_id = $1', [accountId]);
  return rows.length === 1;
}

export interface Licensee {
  readonly licenseeId: string;
  readonly legalName: string;
  readonly createdAt: number;
}

export async function readLicensee(database: DataSource | EntityManager, licenseeId: string): Promise<Licensee | null> {
  const manager = 'manager' in database ? database.manager : database;
  const row = await manager.findOneBy(LicenseeRow, { licenseeId });
  return row === null ? null : { licenseeId, legalName: row.legalName, createdAt: row.createdAt.getTime() };
}

/** An account in a list of many. */
export interface ListedAccount extends Account {
  readonly legalName: string;
  readonly available: string;
  readonly held: string;
}

/** Accounts whose id, licensee's name or an order form's number contains a text, or whose licensee has it as its id, in order of their ids; null: all. Letters count alike, large and small. */
export async function readAccountPage(database: DataSource, search: string | null, after: string, limit: number): Promise<ListedAccount[]> {
  const rows = await database.query<(AccountStateRow & { readonly legal_name: string; readonly available: string; readonly held: string })[]>(
    `SELECT a.account_id, a.licensee_id, a.created_at, s.status, s.seq, l.legal_name, s.available, s.held
       FROM account AS a JOIN account_state AS s USING (account_id) JOIN licensee AS l USING (licensee_id)
      WHERE a.account_id > $1
        AND ($2::text IS NULL OR strpos(lower(a.account_id), lower($2)) > 0 OR strpos(lower(l.legal_name), lower($2)) > 0 OR a.licensee_id = $2
             OR EXISTS (SELECT FROM order_form AS f WHERE f.account_id = a.account_id AND strpos(lower(f.number), lower($2)) > 0))
      ORDER BY a.account_id LIMIT $3`,
    [after, search, limit],
  );
  return rows.map((row) => ({
    accountId: row.account_id,
    licenseeId: row.licensee_id,
    createdAt: row.created_at.getTime(),
    status: row.status,
    seq: Number(row.seq),
    legalName: row.legal_name,
    available: row.available,
    held: row.held,
  }));
}
