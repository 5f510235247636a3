import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { insertAccount } from '../postgres/catalogue/insert-account.js';
import { readLicensee, type Account } from '../postgres/reads/accounts.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { operatorRequest, type Requester } from './keyed-request.js';

/** Opens an account of a licensee, with an empty ledger. */
export class OpenAccount {
  constructor(private readonly database: DataSource) {}

  run(request: { readonly accountId: string; readonly licenseeId: string }, requester: Requester): Promise<Answered<Account>> {
    return answeredOnce(this.database, operatorRequest(requester, 'open-account', request), async (manager) => {
      const { accountId, licenseeId } = request;
      if ((await readLicensee(manager, licenseeId)) === null) {
        refuse('licensee-not-found', `There is no licensee ${licenseeId}.`, { pointer: '/licenseeId' });
      }
      const { now } = await readBusinessTime(manager);
      if (!(await insertAccount(manager, accountId, licenseeId, now))) {
        refuse('account-exists', `There is an account ${accountId} already.`, { pointer: '/accountId' });
      }
      return { accountId, licenseeId, createdAt: now, status: 'active', seq: 0 };
    });
  }
}
