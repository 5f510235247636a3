import type { LedgerConnection } from '../connection.js';
import { formatCredits } from '../../domain/credits.js';
import type { Entry } from '../../domain/entry.js';
import { PlainColumn, TextColumn } from './array-literal.js';

const APPEND_POSTINGS = {
  name: 'append-postings',
  text: `INSERT INTO posting (account_id, seq, line, lot_id, from_bucket, to_bucket, credits, rate_version, share,
      lot_available_after, lot_held_after)
    SELECT unnest($1::text[]), unnest($2::bigint[]), unnest($3::smallint[]), unnest($4::bigint[]), unnest($5::bucket[]),
      unnest($6::bucket[]), unnest($7::numeric[]), unnest($8::text[]), unnest($9::numeric[]), unnest($10::numeric[]),
      unnest($11::numeric[])`,
};

export async function appendPostings(connection: LedgerConnection, entries: readonly Entry[]): Promise<void> {
  const account = new TextColumn();
  const seq = new PlainColumn();
  const line = new PlainColumn();
  const lot = new PlainColumn();
  const from = new PlainColumn();
  const to = new PlainColumn();
  const credits = new PlainColumn();
  const rateVersion = new TextColumn();
  const share = new PlainColumn();
  const availableAfter = new PlainColumn();
  const heldAfter = new PlainColumn();
  for (const entry of entries) {
    for (const posting of entry.postings) {
      account.add(entry.accountId);
      seq.add(entry.seq);
      line.add(posting.line);
      lot.add(posting.lotId);
      from.add(posting.from);
      to.add(posting.to);
      credits.add(formatCredits(posting.credits));
      rateVersion.add(posting.rateVersion);
      share.add(posting.share);
      availableAfter.add(formatCredits(posting.lotAvailableAfter));
      heldAfter.add(formatCredits(posting.lotHeldAfter));
    }
  }
  const columns = [account, seq, line, lot, from, to, credits, rateVersion, share, availableAfter, heldAfter];
  await connection.run(APPEND_POSTINGS, columns.map(String));
}
