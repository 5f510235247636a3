import { randomUUID } from 'node:crypto';
import type { AlertRule } from '../domain/alert-rule.js';
import { shortDigest } from '../domain/hash-chain.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { commandOrigin, type Requester } from './keyed-request.js';

type RuleWanted = { readonly [Member in keyof Omit<AlertRule, 'ruleId'>]: AlertRule[Member] | undefined } & Pick<AlertRule, 'event' | 'muted' | 'mail' | 'webhooks'>;

/** SPEC 11: alert rules belong to the licensee's admins. Each change is an entry, so that crossings can be proved. */
export class ChangeAlertRules {
  constructor(private readonly ledger: Ledger) {}

  create(accountId: string, wanted: RuleWanted, requester: Requester): Promise<Verdict> {
    const ruleId = randomUUID();
    return this.change(accountId, ruleId, wanted, false, commandOrigin(requester, 'create-alert-rule', accountId, asJson(wanted)));
  }

  replace(accountId: string, ruleId: string, wanted: RuleWanted, requester: Requester): Promise<Verdict> {
    const origin = commandOrigin(requester, 'replace-alert-rule', accountId, { ruleId, ...asJson(wanted) });
    return this.change(accountId, ruleId, wanted, true, origin);
  }

  /** Needs no key: ending a rule that has ended is a refusal that says so. */
  end(accountId: string, ruleId: string, actor: string): Promise<Verdict> {
    const digest = shortDigest(`sys:end-alert-rule:${randomUUID()}`);
    const origin = { accountId, actor, keyDigest: digest, fingerprint: digest };
    return this.ledger.execute({ type: 'change-alert-rules', ...origin, ruleId, rule: null, mustExist: true });
  }

  private change(accountId: string, ruleId: string, wanted: RuleWanted, mustExist: boolean, origin: ReturnType<typeof commandOrigin>): Promise<Verdict> {
    const rule = { ...asJson(wanted), ruleId } as unknown as AlertRule;
    return this.ledger.execute({ type: 'change-alert-rules', ...origin, accountId, ruleId, rule, mustExist });
  }
}

/** Only what is given: the rule goes into an entry as it stands. */
function asJson(wanted: RuleWanted): Record<string, string | boolean | readonly string[]> {
  return Object.fromEntries(Object.entries(wanted).filter(([, value]) => value !== undefined)) as Record<string, string | boolean | readonly string[]>;
}
