import type { DataSource } from 'typeorm';
import { AccountJournal, Declared } from '../../domain/books/journal.js';
import { eachBookAccount, readBookEntries } from '../../postgres/reads/books.js';

const PIECE = 64 * 1024;

const HEAD = `; AI credits: journal of the ledger in credits (AIC) and money, exclusive of tax where it says so.
; Check it with: hledger -f FILE check -s
decimal-mark .

`;

/** The journal of one account, or of all, in pieces. It grows with nothing: what is asserted of an account ends with it. */
export async function* journalOf(database: DataSource, accountId: string | null): AsyncGenerator<string> {
  const declared = new Declared();
  let piece = HEAD;
  for await (const account of eachBookAccount(database, accountId)) {
    const journal = new AccountJournal(account.accountId, account.lots, declared);
    for await (const entry of readBookEntries((read) => read(database), account.accountId, account.seq)) {
      piece += journal.add(entry);
      if (piece.length < PIECE) continue;
      yield piece;
      piece = '';
    }
    for (const assertion of journal.assertions()) piece += assertion;
    declared.forgetAccountsOf(account.accountId);
  }
  yield piece;
}
