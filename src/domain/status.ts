import type { AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { canonicalJson } from './canonical-json.js';
import { governingOrderForm } from './contract.js';
import { ZERO, amount, type Amount } from './credits.js';
import type { Origin } from './entry.js';
import type { Refusal } from './errors.js';
import { reasonsOf, statusOf, type Standing } from './standing.js';

/** P5: an entry that leaves the balance at or below `suspendAtBalance` suspends; one that raises it above ends it. */
export function creditAfter(after: Pick<AccountState, 'contract' | 'standing'>, was: Amount, is: Amount, at: number): Standing['credit'] {
  const form = governingOrderForm(after.contract, at);
  if (form === null) return after.standing.credit;
  if (is.lt(was) && is.lte(form.suspendAtBalance)) return 'suspended';
  if (is.gt(was) && is.gt(form.suspendAtBalance)) return 'active';
  return after.standing.credit;
}

/**
 * P5: the first refusal for lack of credits limits the account, or suspends it where the order form asks for that;
 * further ones write nothing, nor does one that only running work causes, whose holds have the credits.
 */
export function creditAfterRefusal(state: AccountState, refused: Refusal, at: number): Standing['credit'] {
  const { credit } = state.standing;
  if (refused.code !== 'insufficient-credits') return credit;
  const shortfall = refused.data?.['shortfall'];
  if (typeof shortfall === 'string' && state.held.gt(ZERO) && state.held.gte(amount(shortfall))) return credit;
  if (governingOrderForm(state.contract, at)?.suspendOnRefusal === true) return 'suspended';
  return credit === 'active' ? 'limited' : credit;
}

const BY_THE_SERVICE: Origin = { actor: 'sys', keyDigest: null, fingerprint: null };

/** The entry, without postings, that records a change of standing and what caused it. */
export function standingChange(
  from: Standing,
  to: Standing,
  context: Context,
  more: { readonly cites?: number; readonly occurredAt?: number; readonly origin?: Origin; readonly reason?: string } = {},
): Booking {
  const clause = from.term === to.term ? (from.operator === to.operator && from.closed === to.closed ? 'P5' : 'operator') : 'P4';
  return {
    draft: {
      ...plain(more.origin ?? BY_THE_SERVICE),
      type: 'status',
      occurredAt: more.occurredAt ?? context.now,
      subject: null,
      cites: more.cites ?? null,
      detail: canonicalJson({
        clause,
        from: statusOf(from),
        reason: more.reason,
        reasons: reasonsOf(to),
        standing: { ...to, operator: to.operator && { ...to.operator } },
        to: statusOf(to),
      }),
    },
    effects: { standing: to },
  };
}
