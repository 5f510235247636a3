import type { AlertRule } from '../alert-rule.js';
import { NO_ALERTS, eventsOf, type Alerts } from '../alerting.js';
import { canonicalJson, type Json } from '../canonical-json.js';
import { formatCredits, type Amount } from '../credits.js';
import type { Entry } from '../entry.js';
import { balanceIn } from './check-status.js';
import type { Findings } from './difference.js';
import { atEntry, type Replay, type StoredEvent } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

/** A change of the alert rules says what the rule was, what it is, and all rules: these have to fit to those before. */
export function checkAlertRules(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const before = replay.contract.alertRules;
  const rule = detail['rule'] as AlertRule | null;
  const rules = detail['rules'] as readonly AlertRule[];
  const known = before.find(({ ruleId }) => ruleId === entry.subject) ?? null;
  findings.same(at, 'rule that it replaces', text(known), text(detail['replaced']));
  const changed = known === null ? [...before, rule] : before.map((other) => (other === known ? rule : other));
  findings.same(at, 'rules from now on', text(changed.filter((other) => other !== null)), text(rules));
  replay.contract = { ...replay.contract, configVersion: replay.contract.configVersion + 1, alertRules: rules };
  replay.rulesChanged = true;
}

/**
 * Every event of an entry is in the outbox, word for word, and no other: crossings are recounted from the entries. Entries up
 * to `alertsFrom` are older than the outbox.
 */
export function checkEvents(replay: Replay, entry: Entry, before: Amount, stored: readonly StoredEvent[], findings: Findings): void {
  const told = eventsOf(replay.alerts, replay.contract, entry, before, balanceIn(replay));
  if (told !== null) replay.alerts = told.alerts;
  if (entry.seq <= replay.alertsFrom) {
    replay.alerts = { ...replay.alerts, fired: NO_ALERTS.fired };
    return;
  }
  const at = atEntry(entry);
  const expected = told?.events ?? [];
  const found = new Map(stored.map((event) => [event.ordinal, event]));
  for (const event of expected) {
    const row = found.get(event.ordinal);
    found.delete(event.ordinal);
    if (row === undefined) {
      findings.differ(at, `event ${event.ordinal} in the outbox`, event.type, null);
      continue;
    }
    findings.same(at, `id of event ${event.ordinal}`, event.id, row.id);
    // The account's licensee is no matter of its entries.
    findings.same(at, `event ${event.ordinal} in the outbox`, text({ ...event, licenseeId: '' }), text({ ...row.body, licenseeId: '' }));
    findings.same(at, `type of event ${event.ordinal}`, event.type, row.type);
  }
  for (const { ordinal, type } of found.values()) findings.differ(at, `event ${ordinal} in the outbox`, null, type);
}

export interface ProjectedAlerts {
  /** Null: the service's own rules. */
  readonly rules: readonly AlertRule[] | null;
  readonly fired: Alerts['fired'];
  readonly lastPurchase: Amount | null;
}

/** What the service keeps of rules and of what has fired, against what the entries come to. */
export function compareAlerts(replay: Replay, { rules, fired, lastPurchase }: ProjectedAlerts, findings: Findings): void {
  if (rules !== null) findings.same('account', 'alert rules', text(replay.contract.alertRules), text(rules));
  else if (replay.rulesChanged) findings.differ('account', 'alert rules', 'a row', null);
  const bought = (credits: Amount | null): string | null => credits && formatCredits(credits);
  findings.same('account', 'credits of the last purchase', bought(replay.alerts.lastPurchase), bought(lastPurchase));
  const left = new Map(fired);
  for (const [ruleId, { seq, at }] of replay.alerts.fired) {
    const row = left.get(ruleId);
    left.delete(ruleId);
    if (row?.seq !== seq || row.at !== at) {
      findings.differ(`alert rule ${ruleId}`, 'entry at which it fired', seq, row?.seq);
    }
  }
  for (const [ruleId, { seq }] of left) findings.differ(`alert rule ${ruleId}`, 'entry at which it fired', null, seq);
}

function text(value: unknown): string {
  // Numbers are part of an event, which the chain does not cover: here they are only compared.
  return canonicalJson(JSON.parse(JSON.stringify(value ?? null)) as Json);
}
