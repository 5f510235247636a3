import type { LedgerConnection } from '../connection.js';
import type { AccountState } from '../../domain/account-state.js';
import { instantText } from '../../domain/calendar.js';
import { formatCredits } from '../../domain/credits.js';
import { BytesColumn, PlainColumn, TextColumn } from './array-literal.js';

const UPDATE_ACCOUNTS = {
  name: 'update-accounts',
  text: `UPDATE account_state AS s
    SET seq = n.seq, head_hash = n.head_hash, last_recorded_at = n.last_recorded_at, available = n.available, held = n.held,
        status = n.status, config_version = n.config_version
    FROM (
      SELECT unnest($1::text[]) AS account_id, unnest($2::bigint[]) AS seq, unnest($3::bytea[]) AS head_hash,
        unnest($4::timestamptz[]) AS last_recorded_at, unnest($5::numeric[]) AS available, unnest($6::numeric[]) AS held,
        unnest($7::text[]) AS status, unnest($8::bigint[]) AS config_version
    ) AS n
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
  for (const state of states) {
    account.add(state.accountId);
    seq.add(state.seq);
    headHash.add(state.headHash);
    lastRecordedAt.add(instantText(state.lastRecordedAt));
    available.add(formatCredits(state.available));
    held.add(formatCredits(state.held));
    status.add(state.status);
    configVersion.add(state.contract.configVersion);
  }
  const columns = [account, seq, headHash, lastRecordedAt, available, held, status, configVersion];
  await connection.run(UPDATE_ACCOUNTS, columns.map(String));
}
