import type { DataSource } from 'typeorm';
import type { ActDraft } from '../domain/administrative-act.js';
import { appendActs, wasAsked } from '../postgres/catalogue/administrative-acts.js';

/** Acts that have no transaction of the catalogue: what an account's ledger is asked to do, and what was refused. */
export class RecordActs {
  constructor(private readonly database: DataSource) {}

  /** Before the ledger is asked: what came of it is in the account's own chain, under the same key. Once, however often it is sent. */
  async asked(draft: Omit<ActDraft, 'outcome' | 'code' | 'count'>): Promise<void> {
    await this.database.transaction(async (manager) => {
      // The same request twice at once: one waits for the other, and then finds it.
      await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`act/${draft.kind}/${draft.accountId ?? ''}/${draft.keyDigest ?? ''}`]);
      if (draft.keyDigest !== null && (await wasAsked(manager, draft))) return;
      await appendActs(manager, [{ ...draft, outcome: 'asked', code: null, count: 1 }]);
    });
  }

  async refused(drafts: readonly ActDraft[]): Promise<void> {
    await this.database.transaction((manager) => appendActs(manager, drafts));
  }
}
