import type { LedgerConnection } from '../connection.js';
import type { AccountStatus, Standing } from '../../domain/standing.js';
import { textArray } from './array-literal.js';

/** The head of an account's ledger, as its locked row says. Amounts as text, times in milliseconds. */
export interface AccountHead {
  readonly accountId: string;
  readonly seq: number;
  readonly headHash: string;
  readonly lastRecordedAt: number;
  readonly available: string;
  readonly held: string;
  readonly status: AccountStatus;
  readonly standing: Standing;
  readonly dueAt: number | null;
  readonly configVersion: number;
}

const HEAD = `account_id, seq, encode(head_hash, 'hex'), (extract(epoch FROM last_recorded_at) * 1000)::bigint,
  available, held, status, config_version, standing, (extract(epoch FROM due_at) * 1000)::bigint`;

/**
 * Locks what is free and skips what somebody else holds: one busy account must not stop the others of a lane.
 * Sorted ids, so that two instances never wait for each other in a circle. Nothing else is read here: a statement that
 * waited for a lock would return other tables as they were before the wait.
 */
const LOCK = {
  name: 'lock-accounts',
  text: `SELECT ${HEAD} FROM account_state WHERE account_id = ANY($1::text[]) ORDER BY account_id FOR NO KEY UPDATE SKIP LOCKED`,
};

export async function lockAccounts(connection: LedgerConnection, sortedIds: readonly string[]): Promise<AccountHead[]> {
  return (await connection.run(LOCK, [textArray(sortedIds)])).map(readHead);
}

/** The same rows without a lock, for a quote: it decides on a snapshot and books nothing. */
const READ = { name: 'read-account-heads', text: `SELECT ${HEAD} FROM account_state WHERE account_id = ANY($1::text[])` };

export async function readHeads(connection: LedgerConnection, ids: readonly string[]): Promise<AccountHead[]> {
  return (await connection.run(READ, [textArray(ids)])).map(readHead);
}

/** Which of these accounts exist at all: what was not locked is either locked elsewhere or unknown. */
const EXISTING = {
  name: 'existing-accounts',
  text: 'SELECT account_id FROM account_state WHERE account_id = ANY($1::text[])',
};

export async function existingAccounts(connection: LedgerConnection, ids: readonly string[]): Promise<Set<string>> {
  return new Set((await connection.run(EXISTING, [textArray(ids)])).map(([id]) => id as string));
}

// Nearly every account has the same standing: one parse serves them all, and is only a memo of a pure function.
const standings = new Map<string, Standing>();

function readStanding(text: string): Standing {
  let standing = standings.get(text);
  if (standing === undefined) {
    standing = JSON.parse(text) as Standing;
    if (standings.size < 1_000) standings.set(text, standing);
  }
  return standing;
}

function readHead(row: readonly (string | null)[]): AccountHead {
  const [accountId, seq, headHash, lastRecordedAt, available, held, status, configVersion, standing, dueAt] = row as string[];
  return {
    accountId: accountId as string,
    seq: Number.parseInt(seq as string, 10),
    headHash: headHash as string,
    lastRecordedAt: Number.parseInt(lastRecordedAt as string, 10),
    available: available as string,
    held: held as string,
    status: status as AccountStatus,
    standing: readStanding(standing as string),
    dueAt: dueAt == null ? null : Number.parseInt(dueAt, 10),
    configVersion: Number.parseInt(configVersion as string, 10),
  };
}
