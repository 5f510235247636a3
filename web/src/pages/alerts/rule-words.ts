import type { AlertRule, EventType, ListenedType } from '../../api/telling-queries';
import type { Language } from '../../i18n/locale';
import { percentOf } from './percent';

/** Rules with a threshold: there may be several of each. Of all other events one rule says who is told. */
const THRESHOLDS = ['balance.below', 'runway.below', 'term.ending', 'lot.ending', 'burn.unusual'] as const;
/** Suspension, resumption, rates and differences are part of the contract: they can be routed, not switched off. */
const REQUIRED: ReadonlySet<EventType> = new Set<EventType>(['account.suspended', 'account.resumed', 'rates.announced', 'break.found', 'break.resolved']);
const OTHERS = [
  'account.limited',
  'account.suspended',
  'account.resumed',
  'account.term_ended',
  'account.closed',
  'credits.allocated',
  'hold.expired',
  'usage.unfunded',
  'rates.announced',
  'break.found',
  'break.resolved',
  'contact.bounced',
  'endpoint.disabled',
] as const satisfies readonly EventType[];
/** What a rule can be of. */
export const RULED: readonly EventType[] = [...THRESHOLDS, ...OTHERS];
/** What an endpoint can listen to: no rule routes the announcement of a privacy notice. */
export const LISTENED: readonly ListenedType[] = [...RULED, 'privacy.announced'];

export function hasThreshold(event: EventType): boolean {
  return THRESHOLDS.some((other) => other === event);
}

export function isRequired(event: EventType): boolean {
  return REQUIRED.has(event);
}

/** What a rule watches for, in a few words. */
export function ruleWords({ event, credits, share, days, factor }: AlertRule, { t, exact, days: inDays }: Language): string {
  if (credits !== undefined) return t('alerts.atCredits', { credits: exact(credits) });
  if (share !== undefined) return t('alerts.atShare', { percent: exact(percentOf(share)) });
  if (factor !== undefined) return t('alerts.atFactor', { factor: exact(factor) });
  if (days !== undefined && event === 'runway.below') return t('alerts.atRunway', { days: inDays(Number(days)) });
  if (days !== undefined && event === 'term.ending') return t('alerts.atTerm', { days: inDays(Number(days)) });
  if (days !== undefined) return t('alerts.atLot', { days: inDays(Number(days)) });
  return t(`event.${event}`);
}
