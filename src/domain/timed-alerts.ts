import { routeOf, type AlertRule } from './alert-rule.js';
import { instantText } from './calendar.js';
import { Exact, ZERO, amount, formatCredits, roundCredits, type Amount } from './credits.js';
import type { EventDraft } from './event.js';
import type { Term } from './term.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
/** How far back the burn is looked at. */
export const BURN_DAYS = 7;

/** Credits consumed of all lots until an instant, less what was given back. */
export interface BurnSample {
  readonly at: number;
  readonly consumed: Amount;
}

/** What rules on time look at, of one account at one instant. */
export interface TimedView {
  readonly now: number;
  readonly rules: readonly AlertRule[];
  /** What has fired, as `ruleId matter`. */
  readonly fired: ReadonlySet<string>;
  readonly balance: Amount;
  readonly term: Term | null;
  /** Lots that end by themselves and have credits available. */
  readonly endingLots: readonly { readonly lotId: number; readonly validUntil: number; readonly available: Amount }[];
  readonly consumed: Amount;
  /** Of the last days, oldest first. */
  readonly samples: readonly BurnSample[];
}

export interface TimedFiring {
  readonly ruleId: string;
  /** What of the rule's matter fired: a Term, a lot, a threshold. */
  readonly matter: string;
  readonly draft: EventDraft;
}

export interface TimedAlerts {
  readonly firings: readonly TimedFiring[];
  readonly rearmed: readonly { readonly ruleId: string; readonly matter: string }[];
}

/**
 * SPEC 11: rules on time, each at most once until its matter has been over. A Term or a lot ends once; runway and burn arm
 * again when they are back on the good side.
 */
export function decideTimed(view: TimedView): TimedAlerts {
  const firings: TimedFiring[] = [];
  const rearmed: { ruleId: string; matter: string }[] = [];
  const when = (rule: AlertRule, matter: string, holds: boolean, draft: () => EventDraft['data']): void => {
    const has = view.fired.has(`${rule.ruleId} ${matter}`);
    if (holds && !has) firings.push({ ruleId: rule.ruleId, matter, draft: { type: rule.event, ruleId: rule.ruleId, route: routeOf(rule), data: draft() } as EventDraft });
    else if (!holds && has) rearmed.push({ ruleId: rule.ruleId, matter });
  };
  const burn = burnOf(view);
  for (const rule of view.rules) {
    const days = Number(rule.days ?? 0);
    const { term, now } = view;
    if (rule.event === 'term.ending' && term !== null && now < term.until && now >= term.until - days * DAY_MS) {
      when(rule, `${days} days before ${instantText(term.until)}`, true, () => ({
        days,
        endsAt: instantText(term.until),
        lapsesAt: instantText(term.lapsesAt),
        balance: formatCredits(view.balance),
      }));
    }
    if (rule.event === 'lot.ending') {
      for (const { lotId, validUntil, available } of view.endingLots) {
        if (now >= validUntil || now < validUntil - days * DAY_MS) continue;
        when(rule, `${days} days before the end of lot ${lotId}`, true, () => ({ days, lotId, endsAt: instantText(validUntil), available: formatCredits(available) }));
      }
    }
    if (rule.event === 'runway.below' && burn !== null) {
      const runway = burn.perDay.isZero() ? null : view.balance.div(burn.perDay);
      when(rule, `${days} days`, runway?.lt(days) === true, () => ({
        days,
        runwayDays: (runway ?? ZERO).toDecimalPlaces(1, Exact.ROUND_DOWN).toFixed(1),
        burnPerDay: formatCredits(roundCredits(burn.perDay)),
        balance: formatCredits(view.balance),
        from: instantText(burn.from),
        until: instantText(now),
      }));
    }
    const { lastDay = ZERO, usualPerDay = null } = burn ?? {};
    if (rule.event === 'burn.unusual' && burn !== null && usualPerDay !== null && rule.factor !== undefined) {
      when(rule, `${rule.factor} times`, !usualPerDay.isZero() && lastDay.gt(usualPerDay.mul(amount(rule.factor))), () => ({
        factor: rule.factor ?? '',
        lastDay: formatCredits(lastDay),
        usualPerDay: formatCredits(roundCredits(usualPerDay)),
        from: instantText(burn.from),
        until: instantText(now),
      }));
    }
  }
  return { firings, rearmed };
}

interface Burn {
  readonly from: number;
  readonly perDay: Amount;
  readonly lastDay: Amount;
  /** Of the days before the last one; null: nothing is known of them. */
  readonly usualPerDay: Amount | null;
}

/**
 * The method of the forecast: what was consumed since the oldest sample of the last seven days, per day. With less than a day
 * of samples there is none. The usual burn is that of the same days without the last 24 hours.
 */
function burnOf({ now, consumed, samples }: TimedView): Burn | null {
  const [oldest] = samples.filter(({ at }) => at >= now - BURN_DAYS * DAY_MS - HOUR_MS);
  if (oldest === undefined || now - oldest.at < DAY_MS) return null;
  const dayAgo = samples.filter(({ at }) => at <= now - DAY_MS).at(-1) ?? oldest;
  const perDay = perDayOf(consumed.sub(oldest.consumed), now - oldest.at);
  const usual = dayAgo.at - oldest.at < DAY_MS ? null : perDayOf(dayAgo.consumed.sub(oldest.consumed), dayAgo.at - oldest.at);
  return { from: oldest.at, perDay, lastDay: notNegative(consumed.sub(dayAgo.consumed)), usualPerDay: usual };
}

function perDayOf(credits: Amount, elapsedMs: number): Amount {
  return notNegative(credits).mul(DAY_MS).div(elapsedMs);
}

/** More may have been given back than was consumed. */
function notNegative(credits: Amount): Amount {
  return credits.isNegative() ? ZERO : credits;
}
