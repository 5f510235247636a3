import { instantText, startOfDay } from '../../domain/calendar.js';
import { amount, formatCredits, ZERO } from '../../domain/credits.js';
import type { ErrorCode } from '../../domain/errors.js';
import type { Entry } from '../../domain/entry.js';
import { reasonsOf } from '../../domain/standing.js';
import type { HoldQuoted } from '../../ledger/ledger.js';
import type { AccountAccess } from '../../postgres/reads/access.js';
import type { HoldRecord } from '../../postgres/reads/holds.js';
import { balanceOf, bookedMembers } from './entry-json.js';

export function holdPlacedAnswer(entry: Entry): string {
  const { expiresAt } = JSON.parse(entry.detail) as { readonly expiresAt: string };
  return `{"holdId":${JSON.stringify(entry.subject)},"expiresAt":"${expiresAt}",${bookedMembers(entry)}}`;
}

export function holdQuoteView({ postings, state }: HoldQuoted): string {
  const quote = {
    credits: formatCredits(postings.reduce((sum, { credits }) => sum.add(credits), ZERO)),
    legs: postings.map(({ lotId, rateVersion, credits }) => ({ lotId, rateVersion, credits: formatCredits(credits) })),
  };
  return `${JSON.stringify(quote).slice(0, -1)},"balance":${balanceOf(state.available, state.held)},"asOfSeq":${state.seq}}`;
}

export function holdView(hold: HoldRecord): unknown {
  return {
    ...hold,
    placedAt: instantText(hold.placedAt),
    expiresAt: instantText(hold.expiresAt),
    legs: hold.legs.map(({ lotId, rateVersion, held }) => ({ lotId: Number(lotId), rateVersion, held })),
  };
}

/** SPEC 10: what a backend wants to know before it asks: may it, and if not, why. */
export function accessView(accountId: string, feature: string, access: AccountAccess): string {
  const billing = formInForce(access)?.features.find((ordered) => ordered.feature === feature)?.mode ?? null;
  const refusal = refusalOf(access, billing);
  const view = {
    accountId,
    feature,
    allowed: refusal === null,
    refusal,
    billing,
    status: access.status,
    reasons: reasonsOf(access.standing),
  };
  return `${JSON.stringify(view).slice(0, -1)},"balance":${balanceOf(amount(access.available), amount(access.held))}}`;
}

/** The latest signed one whose Term has begun. */
function formInForce({ orderForms, now }: AccountAccess): AccountAccess['orderForms'][number] | undefined {
  const begun = orderForms.filter((form) => startOfDay(form.termStart, form.timeZone) <= now);
  return begun.at(-1) ?? orderForms[0];
}

function refusalOf({ standing }: AccountAccess, billing: string | null): ErrorCode | null {
  if (standing.closed) return 'account-closed';
  if (billing === null) return 'feature-not-ordered';
  if (standing.operator !== null) return 'account-suspended';
  if (standing.term !== 'running') return 'term-ended';
  return standing.credit === 'suspended' && billing === 'credits' ? 'account-suspended' : null;
}
