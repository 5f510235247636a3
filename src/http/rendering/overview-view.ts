import { addDays, instantText, localDate } from '../../domain/calendar.js';
import { amount, formatCredits, ZERO, type Amount } from '../../domain/credits.js';
import { reasonsOf } from '../../domain/standing.js';
import type { Term } from '../../domain/term.js';
import type { Overview } from '../../operations/account-overview.js';
import type { DayOfFeature } from '../../postgres/reads/activity.js';

const DAY_MS = 86_400_000;

export function overviewView(overview: Overview): unknown {
  const { account, licensee, access, since, timeZone, today, form, term, runway, buys } = overview;
  const { operator } = access.standing;
  const available = amount(access.available);
  const held = amount(access.held);
  return {
    accountId: account.accountId,
    licensee: { licenseeId: licensee.licenseeId, legalName: licensee.legalName },
    businessTime: instantText(access.now),
    timeZone,
    today,
    seq: account.seq,
    status: access.status,
    reasons: reasonsOf(access.standing),
    since: since === null ? null : instantText(since),
    suspension: operator === null ? null : { reason: operator.reason, reference: operator.reference },
    suspendAtBalance: form === null ? null : formatCredits(form.suspendAtBalance),
    balance: { balance: formatCredits(available.add(held)), available: formatCredits(available), held: formatCredits(held) },
    term: term === null ? null : { ...termView(term, access.now, today, timeZone), consumed: signed(overview.consumedInTerm) },
    features: [...(form?.features.values() ?? [])].map(({ feature, mode }) => ({ feature, mode })),
    runway:
      runway === null
        ? null
        : {
            leastDays: runway.leastDays,
            mostDays: runway.mostDays,
            leastUntil: addDays(today, runway.leastDays),
            mostUntil: addDays(today, runway.mostDays),
            paces: runway.paces.map(({ days, perDay }) => ({ days, perDay: formatCredits(perDay.toDecimalPlaces(9)) })),
          },
    buys: buys.map(({ feature, meter, unit, quantity, rateVersions }) => ({ feature, meter, unit, quantity: quantity?.toFixed() ?? null, rateVersions })),
  };
}

function termView({ from, until, lapsesAt }: Term, now: number, today: string, zone: string) {
  const through = localDate(until - 1, zone);
  const state = now < from ? 'to-come' : now < until ? 'running' : now < lapsesAt ? 'grace' : 'lapsed';
  // Whole calendar days between two dates, whatever clocks did in between.
  const daysLeft = Math.max(0, Math.round((Date.parse(through) - Date.parse(today)) / DAY_MS));
  return { from: localDate(from, zone), through, state, daysLeft, lapsesAt: instantText(lapsesAt) };
}

/** Credits that may be below zero: a day that gave back more than it took. */
function signed(credits: Amount): string {
  return credits.lt(ZERO) ? `-${formatCredits(credits.neg())}` : formatCredits(credits);
}

export function burnView(from: string, through: string, use: readonly DayOfFeature[]): unknown {
  const sum = (of: readonly DayOfFeature[], which: 'credits' | 'unfunded'): Amount => of.reduce((total, day) => total.add(day[which]), ZERO);
  const features = [...new Set(use.map(({ feature }) => feature))]
    .map((feature) => {
      const own = use.filter((day) => day.feature === feature);
      return { feature, used: sum(own, 'credits'), unfunded: sum(own, 'unfunded'), actions: own.reduce((total, { actions }) => total + actions, 0) };
    })
    .sort((a, b) => b.used.comparedTo(a.used) || (a.feature < b.feature ? -1 : 1));
  const days: unknown[] = [];
  for (let day = from; day <= through; day = addDays(day, 1)) {
    const own = use.filter((other) => other.day === day);
    days.push({
      day,
      credits: signed(sum(own, 'credits')),
      features: own.map(({ feature, credits, actions }) => ({ feature, credits: signed(amount(credits)), actions })),
    });
  }
  return {
    from,
    through,
    total: signed(sum(use, 'credits')),
    features: features.map(({ feature, used, unfunded, actions }) => ({ feature, credits: signed(used), unfunded: formatCredits(unfunded), actions })),
    days,
  };
}
