import type { LedgerConnection } from '../connection.js';
import type { AccountState } from '../../domain/account-state.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import { instantText } from '../../domain/calendar.js';
import { formatCredits } from '../../domain/credits.js';
import { BytesColumn, PlainColumn, TextColumn } from './array-literal.js';

const MOVE_HEADS = {
  name: 'move-heads',
  text: `UPDATE account_state AS s
    SET seq = n.seq, head_hash = n.head_hash, last_recorded_at = n.last_recorded_at, available = n.available, held = n.held
    FROM (
      SELECT unnest($1::text[]) AS account_id, unnest($2::bigint[]) AS seq, unnest($3::bytea[]) AS head_hash,
        unnest($4::timestamptz[]) AS last_recorded_at, unnest($5::numeric[]) AS available, unnest($6::numeric[]) AS held
    ) AS n
    WHERE s.account_id = n.account_id`,
};

/** Moves the heads of locked accounts to where the batch left them: one update an account, however many entries it got. */
export async function moveHeads(connection: LedgerConnection, states: readonly AccountState[]): Promise<void> {
  await connection.run(MOVE_HEADS, heads(states));
}

const UPDATE_ACCOUNTS = {
  name: 'update-accounts',
  text: `UPDATE account_state AS s
    SET seq = n.seq, head_hash = n.head_hash, last_recorded_at = n.last_recorded_at, available = n.available, held = n.held,
        status = n.status, config_version = n.config_version, standing = n.standing, due_at = n.due_at
    FROM (
      SELECT unnest($1::text[]) AS account_id, unnest($2::bigint[]) AS seq, unnest($3::bytea[]) AS head_hash,
        unnest($4::timestamptz[]) AS last_recorded_at, unnest($5::numeric[]) AS available, unnest($6::numeric[]) AS held,
        unnest($7::text[]) AS status, unnest($8::bigint[]) AS config_version, unnest($9::json[]) AS standing,
        unnest($10::timestamptz[]) AS due_at
    ) AS n
    WHERE s.account_id = n.account_id`,
};

/** The same for accounts that also changed in what stands beside the balances, as the fewest entries do. */
export async function updateAccounts(connection: LedgerConnection, states: readonly AccountState[]): Promise<void> {
  const status = new PlainColumn();
  const configVersion = new PlainColumn();
  const standing = new TextColumn();
  const dueAt = new PlainColumn();
  for (const state of states) {
    status.add(state.status);
    configVersion.add(state.contract.configVersion);
    standing.add(canonicalJson({ ...state.standing, operator: state.standing.operator && { ...state.standing.operator } }));
    dueAt.add(state.dueAt === null ? null : instantText(state.dueAt));
  }
  await connection.run(UPDATE_ACCOUNTS, [...heads(states), ...[status, configVersion, standing, dueAt].map(String)]);
}

function heads(states: readonly AccountState[]): string[] {
  const account = new TextColumn();
  const seq = new PlainColumn();
  const headHash = new BytesColumn();
  const lastRecordedAt = new PlainColumn();
  const available = new PlainColumn();
  const held = new PlainColumn();
  for (const state of states) {
    account.add(state.accountId);
    seq.add(state.seq);
    headHash.add(state.headHash);
    lastRecordedAt.add(instantText(state.lastRecordedAt));
    available.add(formatCredits(state.available));
    held.add(formatCredits(state.held));
  }
  return [account, seq, headHash, lastRecordedAt, available, held].map(String);
}
