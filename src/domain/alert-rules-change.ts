import type { AccountState } from './account-state.js';
import { ALERT_RULE_LIMIT, REQUIRED_EVENTS, THRESHOLD_EVENTS, UNROUTED_EVENT, type AlertRule } from './alert-rule.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { canonicalJson } from './canonical-json.js';
import type { ChangeAlertRules } from './command.js';
import { refusal, type Refusal } from './errors.js';

/**
 * A rule made, changed or ended by the licensee's admins (SPEC 11). An entry, so that every crossing can be proved from the
 * entries: it says what the rule was, what it is, and all rules from now on.
 */
export function decideAlertRules(state: AccountState, command: ChangeAlertRules, context: Context): Booking[] | Refusal {
  const { contract } = state;
  const { ruleId, rule } = command;
  const replaced = contract.alertRules.find((other) => other.ruleId === ruleId) ?? null;
  if (command.mustExist && replaced === null) return refusal('rule-not-found', 'This account has no such alert rule.');
  const refused = rule === null ? null : refuseRule(contract.alertRules, rule, replaced);
  if (refused !== null) return refused;
  const rules =
    rule === null
      ? contract.alertRules.filter((other) => other !== replaced)
      : replaced === null
        ? [...contract.alertRules, rule]
        : contract.alertRules.map((other) => (other === replaced ? rule : other));
  return [
    {
      draft: {
        ...plain(command),
        type: 'alert-rules',
        occurredAt: context.now,
        subject: ruleId,
        detail: canonicalJson({ replaced: plainRule(replaced), rule: plainRule(rule), rules: rules.map(plainRule) }),
      },
      effects: { contract: { ...contract, configVersion: contract.configVersion + 1, alertRules: rules }, alertRules: rules },
    },
  ];
}

function refuseRule(rules: readonly AlertRule[], rule: AlertRule, replaced: AlertRule | null): Refusal | null {
  if (replaced !== null && replaced.event !== rule.event) {
    return refusal('alert-rule-exists', `A rule keeps its event: this one is about ${replaced.event}.`, { pointer: '/event' });
  }
  if (rule.event === UNROUTED_EVENT) {
    return refusal('alert-required', `${rule.event} goes to everybody: no rule changes that.`, { pointer: '/event' });
  }
  const routed = !THRESHOLD_EVENTS.has(rule.event) && rules.some((other) => other.event === rule.event && other.ruleId !== rule.ruleId);
  if (routed) return refusal('alert-rule-exists', `There is a rule that says who is told of ${rule.event}: change that one.`, { pointer: '/event' });
  if (REQUIRED_EVENTS.has(rule.event) && (rule.muted || rule.mail.length === 0)) {
    return refusal('alert-required', `${rule.event} is part of the contract: it can be routed to others, not switched off.`, {
      pointer: rule.muted ? '/muted' : '/mail',
    });
  }
  if (replaced === null && rules.length >= ALERT_RULE_LIMIT) {
    return refusal('too-many-alert-rules', `An account has at most ${ALERT_RULE_LIMIT} alert rules. End one first.`);
  }
  return null;
}

function plainRule<Rule extends AlertRule | null>(rule: Rule): Rule extends null ? null : Record<string, string | boolean | readonly string[] | undefined> {
  return (rule === null ? null : { ...rule }) as never;
}
