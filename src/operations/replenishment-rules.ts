import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { endRule, insertRule, readRules, type ReplenishmentRule } from '../postgres/catalogue/proposals.js';
import { accountExists } from '../postgres/reads/accounts.js';
import { catalogueRequest, type Requester } from './keyed-request.js';

/** Rules of the licensee's admins: when the balance is low, prepare a draft purchase (P5). They buy nothing. */
export class ReplenishmentRules {
  constructor(private readonly database: DataSource) {}

  create(
    accountId: string,
    request: { readonly balanceAt: string; readonly credits: string },
    requester: Requester,
  ): Promise<Answered<ReplenishmentRule>> {
    const keyed = catalogueRequest(`account:${accountId}`, requester, 'create-replenishment-rule', { ...request });
    return answeredOnce(this.database, keyed, async (manager) => {
      if (!(await accountExists(manager, accountId))) refuse('account-not-found', 'There is no such account.');
      const ruleId = randomUUID();
      await insertRule(manager, { accountId, ruleId, ...request }, requester.actor);
      const rule = (await readRules(manager, accountId)).find((other) => other.ruleId === ruleId);
      if (rule === undefined) throw new Error('a rule that was just written could not be read');
      return rule;
    });
  }

  async end(accountId: string, ruleId: string): Promise<void> {
    if (!(await endRule(this.database, accountId, ruleId))) refuse('rule-not-found', 'This account has no such rule.');
  }
}
