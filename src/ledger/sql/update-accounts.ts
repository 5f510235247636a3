import type { LedgerConnection } from '../connection.js';
import type { AccountState } from '../../domain/account-state.js';
import { canonicalJson } from '../../domain/canonical-json.js';
import { instantText } from '../../domain/calendar.js';
import { formatCredits } from '../../domain/credits.js';
import { BytesColumn, PlainColumn, TextColumn } from './array-literal.js';

const UPDATE_ACCOUNTS = {
  name: 'update-accounts',
  text: `UPDATE account_state AS s
    SET seq = n.seq, head_hash = n.head_hash, last_recorded_at = n.last_recorded_at, available = n.available, held = n.held,
        status = n.status, config_version = n.config_version, standing = n.standing, due_at = n.due_at
    FROM unnest($1::text[], $2::bigint[], $3::bytea[], $4::timestamptz[], $5::numeric[], $6::numeric[], $7::text[], $8::bigint[],
        $9::json[], $10::timestamptz[])
      AS n (account_id, seq, head_hash, last_recorded_at, available, held, status, config_version, standing, due_at)
    WHERE s.account_id = n.account_id`,
};

/** Moves the heads of locked accounts to where the batch left them: one update an account, however many entries it got. */
export async function updateAccounts(connection: LedgerConnection, states: readonly AccountState[]): Promise<void> {
  const account = new TextColumn();
  const seq = new PlainColumn();
  const headHash = new BytesColumn();
  const lastRecordedAt = new PlainColumn();
  const available = new PlainColumn();
  const held = new PlainColumn();
  const status = new PlainColumn();
  const configVersion = new PlainColumn();
  const standing = new TextColumn();
  const dueAt = new PlainColumn();
  for (const state of states) {
    account.add(state.accountId);
    seq.add(state.seq);
    headHash.add(state.headHash);
    lastRecordedAt.add(instantText(state.lastRecordedAt));
    available.add(formatCredits(state.available));
    held.add(formatCredits(state.held));
    status.add(state.status);
    configVersion.add(state.contract.configVersion);
    standing.add(canonicalJson({ ...state.standing, operator: state.standing.operator && { ...state.standing.operator } }));
    dueAt.add(state.dueAt === null ? null : instantText(state.dueAt));
  }
  const columns = [account, seq, headHash, lastRecordedAt, available, held, status, configVersion, standing, dueAt];
  await connection.run(UPDATE_ACCOUNTS, columns.map(String));
}
