import { routeOf, routing, sameThreshold, type AlertRule } from './alert-rule.js';
import { instantText } from './calendar.js';
import { amount, formatCredits, roundCredits, type Amount } from './credits.js';
import type { Contract } from './contract.js';
import type { Entry, EntryType } from './entry.js';
import { eventId, type EventDraft, type LedgerEvent } from './event.js';
import type { AccountStatus } from './standing.js';

/** Where an alert has fired. */
export interface Fired {
  readonly seq: number;
  readonly at: number;
}

/**
 * What the alerts of an account remember between entries: a function of its entries alone. `next` and `rearm` follow from the
 * rest, so that an entry that crosses nothing costs one comparison.
 */
export interface Alerts {
  /** Rules of the balance that have fired and not been above since, by id; and `usage.unfunded`. */
  readonly fired: ReadonlyMap<string, Fired>;
  /** Credits of the last allocated purchase; null: none yet. */
  readonly lastPurchase: Amount | null;
  /** The highest threshold that has not fired: a balance at or below it crosses. */
  readonly next: Amount | null;
}

export const NO_ALERTS: Alerts = { fired: new Map(), lastPurchase: null, next: null };

/** Not a rule: usage went unfunded, and the balance has not risen since. */
const UNFUNDED = 'usage.unfunded';

/** Types that can only lower the balance or leave it, and are no event themselves. Nearly all entries are of these. */
const QUIET: ReadonlySet<EntryType> = new Set<EntryType>(['debit', 'capture', 'hold', 'hold-extended', 'hold-released', 'payment', 'purchase']);

export function alertsOf(contract: Contract, fired: Alerts['fired'], lastPurchase: Amount | null): Alerts {
  let next: Amount | null = null;
  for (const rule of contract.alertRules) {
    const threshold = thresholdOf(rule, lastPurchase);
    if (threshold !== null && !fired.has(rule.ruleId) && (next === null || threshold.gt(next))) next = threshold;
  }
  return { fired, lastPurchase, next };
}

/** The balance that a rule waits for; null: it waits for something else, or for a first purchase. */
function thresholdOf({ event, credits, share }: AlertRule, lastPurchase: Amount | null): Amount | null {
  if (event !== 'balance.below') return null;
  if (credits !== undefined) return amount(credits);
  return share === undefined || lastPurchase === null ? null : roundCredits(lastPurchase.mul(share));
}

interface Told {
  readonly alerts: Alerts;
  readonly events: readonly LedgerEvent[];
}

/**
 * What one entry tells (SPEC 11): crossings of the balance, highest threshold first, and what the entry itself is. `before` is
 * what the account's alerts were, under the contract as the entry left it.
 */
export function eventsOf(before: Alerts, contract: Contract, entry: Entry, balanceBefore: Amount, balance: Amount): Told | null {
  if (QUIET.has(entry.type) && entry.unfunded === null && (before.next === null || balance.gt(before.next))) return null;
  const drafts: EventDraft[] = [...own(contract.alertRules, entry, balance)];
  const lastPurchase = entry.type === 'allocation' ? entry.credits : before.lastPurchase;
  const fired = new Map(entry.type === 'alert-rules' ? kept(before.fired, contract.alertRules, entry) : before.fired);
  const here: Fired = { seq: entry.seq, at: entry.recordedAt };

  if (balance.gt(balanceBefore)) fired.delete(UNFUNDED);
  const crossed: { readonly rule: AlertRule; readonly threshold: Amount }[] = [];
  for (const rule of contract.alertRules) {
    const threshold = thresholdOf(rule, lastPurchase);
    if (threshold === null) continue;
    if (balance.gt(threshold)) fired.delete(rule.ruleId);
    else if (!fired.has(rule.ruleId)) crossed.push({ rule, threshold });
  }
  crossed.sort((a, b) => b.threshold.cmp(a.threshold) || (a.rule.ruleId < b.rule.ruleId ? -1 : 1));
  for (const { rule, threshold } of crossed) {
    fired.set(rule.ruleId, here);
    drafts.push({
      type: 'balance.below',
      ruleId: rule.ruleId,
      route: routeOf(rule),
      data: {
        threshold: formatCredits(threshold),
        share: rule.share ?? null,
        balance: formatCredits(balance),
        available: formatCredits(entry.availableAfter),
        held: formatCredits(entry.heldAfter),
        already: balanceBefore.lte(threshold),
      },
    });
  }
  if (entry.unfunded !== null && !fired.has(UNFUNDED)) {
    fired.set(UNFUNDED, here);
    drafts.push({
      type: 'usage.unfunded',
      ...routing(contract.alertRules, 'usage.unfunded'),
      data: { feature: entry.feature ?? '', credits: formatCredits(entry.unfunded), balance: formatCredits(balance) },
    });
  }
  const alerts = alertsOf(contract, fired, lastPurchase);
  return { alerts, events: drafts.map((draft, ordinal) => placed(draft, ordinal, contract, entry)) };
}

function placed(draft: EventDraft, ordinal: number, { licenseeId }: Contract, { accountId, seq, recordedAt }: Entry): LedgerEvent {
  const id = eventId(accountId, seq, ordinal, recordedAt);
  return { id, accountId, licenseeId, seq, ordinal, at: instantText(recordedAt), ...draft };
}

/** What has fired stays so for rules whose threshold is the same as before; a new threshold is a new question. */
function kept(fired: Alerts['fired'], rules: readonly AlertRule[], entry: Entry): [string, Fired][] {
  const { replaced } = JSON.parse(entry.detail) as { readonly replaced: AlertRule | null };
  return [...fired].filter(([ruleId]) => {
    if (ruleId === UNFUNDED) return true;
    const rule = rules.find((other) => other.ruleId === ruleId);
    return rule !== undefined && (ruleId !== entry.subject || (replaced !== null && sameThreshold(rule, replaced)));
  });
}

/** The event that an entry is by its type. */
function own(rules: readonly AlertRule[], entry: Entry, balance: Amount): EventDraft[] {
  switch (entry.type) {
    case 'status':
      return [statusChange(rules, entry, balance)];
    case 'allocation':
      return [
        {
          type: 'credits.allocated',
          ...routing(rules, 'credits.allocated'),
          data: { purchaseId: entry.subject ?? '', lotId: entry.seq, credits: formatCredits(entry.credits), balance: formatCredits(balance) },
        },
      ];
    case 'hold-expired': {
      const { captured } = JSON.parse(entry.detail) as { readonly captured: string };
      const data = { holdId: entry.subject ?? '', feature: entry.feature ?? '', returned: formatCredits(entry.credits), captured };
      return [{ type: 'hold.expired', ...routing(rules, 'hold.expired'), data }];
    }
    case 'notice': {
      const { cardId, effectiveDate, text, version } = JSON.parse(entry.detail) as Readonly<Record<'cardId' | 'effectiveDate' | 'text' | 'version', string>>;
      const data = { noticeId: entry.subject ?? '', cardId, version: Number.parseInt(version, 10), effectiveDate, text };
      return [{ type: 'rates.announced', ...routing(rules, 'rates.announced'), data }];
    }
    default:
      return [];
  }
}

const EVENT_OF_STATUS = {
  active: 'account.resumed',
  limited: 'account.limited',
  suspended: 'account.suspended',
  term_ended: 'account.term_ended',
  closed: 'account.closed',
} as const satisfies Readonly<Record<AccountStatus, string>>;

function statusChange(rules: readonly AlertRule[], entry: Entry, balance: Amount): EventDraft {
  const { from, reasons, to } = JSON.parse(entry.detail) as { readonly from: AccountStatus; readonly reasons: readonly string[]; readonly to: AccountStatus };
  const type = EVENT_OF_STATUS[to];
  const data = { status: to, previous: from, reasons, balance: formatCredits(balance), since: instantText(entry.occurredAt) };
  return { type, ...routing(rules, type), data };
}
