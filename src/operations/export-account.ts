import type { DataSource } from 'typeorm';
import { instantText } from '../domain/calendar.js';
import { refuse } from '../domain/errors.js';
import { EXPORT_FORMAT, exportText, forExport, type ExportLine } from '../domain/verification/export-lines.js';
import { accountExists } from '../postgres/reads/accounts.js';
import { verifiedHeads, verifiedSigningKeys } from '../postgres/reads/signed-heads.js';
import { readEntryPage } from '../postgres/reads/verification-entries.js';
import { readPriceLists } from '../postgres/reads/verification-payments.js';
import { readProjection } from '../postgres/reads/verification-projections.js';
import { readPublishedRateVersions } from '../postgres/reads/verification-rates.js';
import { clientWithin, withinAccount } from '../postgres/within-account.js';
import type { SignHeads } from './sign-heads.js';

const PAGE = 500;

/**
 * Everything that proves one account's ledger to somebody who trusts nobody, as lines of JSON (SPEC 14): entries, rates,
 * balances, signed heads, public keys. It streams: memory does not grow with the ledger, and no snapshot is held.
 */
export class ExportAccount {
  constructor(
    private readonly database: DataSource,
    private readonly signHeads: SignHeads,
    private readonly wallNow: () => number,
  ) {}

  /**
   * The head is signed first, so that the export is covered whole unless more is booked meanwhile. For a caller who is `bound`
   * to the account it is read with the rights of the account.
   */
  async run(accountId: string, bound = false): Promise<AsyncGenerator<string>> {
    const isThere = !bound || (await withinAccount(this.database, accountId, (database) => accountExists(database, accountId)));
    if (!isThere) refuse('account-not-found', 'There is no such account.');
    const head = await this.signHeads.onDemand(accountId);
    if (head.accountId !== accountId) refuse('account-not-found', 'There is no such account.');
    return this.lines(accountId, bound);
  }

  private async *lines(accountId: string, bound: boolean): AsyncGenerator<string> {
    const { client, asService, release } = await clientWithin(this.database, bound ? accountId : null);
    let lines = 0;
    const text = (line: ExportLine): string => {
      lines += 1;
      return `${exportText(line)}\n`;
    };
    try {
      const { heads: inSnapshot, ...projection } = await readProjection(client, accountId);
      const { lastEntry } = projection;
      yield text({ line: 'export', format: EXPORT_FORMAT, accountId, lastEntry, exportedAt: instantText(this.wallNow()) });
      for (const key of await asService(() => verifiedSigningKeys(client))) yield text({ line: 'signing-key', key });
      const cards = [...projection.orderForms, ...projection.lots].map(({ cardId }) => cardId);
      for (const version of await asService(() => readPublishedRateVersions(client, [...new Set(cards)]))) yield text({ line: 'rate-version', version });
      for (const price of await asService(() => readPriceLists(client))) if (cards.includes(price.cardId)) yield text({ line: 'price-version', price });
      for (let after = 0; after < lastEntry; ) {
        const { records, orphans } = await readEntryPage(client, { accountId, after, upTo: lastEntry, limit: PAGE }, { asService });
        const last = records.at(-1)?.entry.seq ?? lastEntry;
        const heads = await verifiedHeads(client, accountId, after, last);
        let page = '';
        for (const record of records) {
          page += text({ line: 'entry', record: forExport(record) });
          while (heads[0] !== undefined && heads[0].seq <= record.entry.seq) {
            page += text({ line: 'signed-head', head: heads[0] });
            heads.shift();
          }
        }
        for (const name of orphans) page += text({ line: 'orphan', name });
        yield page;
        after = last;
      }
      for (const head of inSnapshot.beyond) yield text({ line: 'signed-head', head });
      yield text({ line: 'balances', projection });
      yield text({ line: 'end', lines: lines + 1 });
    } finally {
      await release();
    }
  }
}
