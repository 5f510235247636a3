import type { EventType, Route } from './event.js';

/**
 * What a licensee's admins want to be told of (SPEC 11): a threshold of the balance, of days or of burn, or just an event and
 * who gets it. A JSON value without numbers, kept in the entry that changed it.
 */
export interface AlertRule {
  readonly ruleId: string;
  readonly event: EventType;
  /** balance.below: at or below so many credits, or this share of the last purchase, 0 < share < 1. One of the two. */
  readonly credits?: string;
  readonly share?: string;
  /** runway.below, term.ending, lot.ending: so many days before, 1 to 365. */
  readonly days?: string;
  /** burn.unusual: more than so many times the usual burn, above 1. */
  readonly factor?: string;
  /** Muted, it is still recorded, and shown in the web account. */
  readonly muted: boolean;
  readonly mail: Route['mail'];
  readonly webhooks: boolean;
}

/** By an admin of the licensee: a rule is made, changed, or ended. */
export interface AlertRulesChange {
  readonly type: 'change-alert-rules';
  readonly ruleId: string;
  /** Null: it ends. */
  readonly rule: AlertRule | null;
  /** Whether there has to be such a rule already. */
  readonly mustExist: boolean;
}

export const ALERT_RULE_LIMIT = 50;

const TO_ALL = { muted: false, mail: 'all', webhooks: true } as const;

/**
 * The rules of an account whose admins have set none. Crossings of the past are proved by them, so this list never changes:
 * a better one has to come with an entry.
 */
export const DEFAULT_RULES: readonly AlertRule[] = [
  { ruleId: 'balance-20', event: 'balance.below', share: '0.2', ...TO_ALL },
  { ruleId: 'balance-5', event: 'balance.below', share: '0.05', ...TO_ALL },
  { ruleId: 'runway-14', event: 'runway.below', days: '14', ...TO_ALL },
  { ruleId: 'term-30', event: 'term.ending', days: '30', ...TO_ALL },
  { ruleId: 'lot-14', event: 'lot.ending', days: '14', ...TO_ALL },
  { ruleId: 'burn-3', event: 'burn.unusual', factor: '3', ...TO_ALL },
  { ruleId: 'limited', event: 'account.limited', ...TO_ALL },
  { ruleId: 'suspended', event: 'account.suspended', ...TO_ALL },
  { ruleId: 'resumed', event: 'account.resumed', ...TO_ALL },
  { ruleId: 'term-ended', event: 'account.term_ended', ...TO_ALL },
  { ruleId: 'closed', event: 'account.closed', ...TO_ALL },
  { ruleId: 'allocated', event: 'credits.allocated', ...TO_ALL },
  { ruleId: 'unfunded', event: 'usage.unfunded', ...TO_ALL },
  { ruleId: 'rates', event: 'rates.announced', ...TO_ALL },
  { ruleId: 'bounced', event: 'contact.bounced', ...TO_ALL },
  { ruleId: 'endpoint-disabled', event: 'endpoint.disabled', ...TO_ALL },
  // One for every hold that ran out would be noise to a person.
  { ruleId: 'hold-expired', event: 'hold.expired', muted: false, mail: [], webhooks: true },
];

/** Types whose rules have a threshold: an account may have several of them. Of all others one rule says who gets them. */
export const THRESHOLD_EVENTS: ReadonlySet<EventType> = new Set<EventType>([
  'balance.below',
  'runway.below',
  'term.ending',
  'lot.ending',
  'burn.unusual',
]);

/** Suspension, resumption, rates and differences are not marketing: they can be routed, not switched off. */
export const REQUIRED_EVENTS: ReadonlySet<EventType> = new Set<EventType>(['account.suspended', 'account.resumed', 'rates.announced', 'break.found', 'break.resolved']);

/** No rule routes the announcement of a privacy notice: everybody whose data is kept is told. */
export const UNROUTED_EVENT = 'privacy.announced' satisfies EventType;

const TO_EVERYBODY: Route = { mail: 'all', webhooks: true };
const TO_NOBODY: Route = { mail: [], webhooks: false };

/** Who is told by a rule as it stands. */
export function routeOf({ muted, mail, webhooks }: AlertRule): Route {
  return muted ? TO_NOBODY : { mail, webhooks };
}

/** The rule that routes an event without a threshold, and the route: what must be told and has no rule goes to all. */
export function routing(rules: readonly AlertRule[], event: EventType): { readonly ruleId: string | null; readonly route: Route } {
  const rule = rules.find((other) => other.event === event);
  if (rule !== undefined) return { ruleId: rule.ruleId, route: routeOf(rule) };
  return { ruleId: null, route: REQUIRED_EVENTS.has(event) ? TO_EVERYBODY : { mail: [], webhooks: true } };
}

/** Whether two editions of a rule have the same threshold: what has fired then stays so. */
export function sameThreshold(a: AlertRule, b: AlertRule): boolean {
  return a.event === b.event && a.credits === b.credits && a.share === b.share && a.days === b.days && a.factor === b.factor;
}
