import { balanceOf, type AccountState, type AccountStatus } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { canonicalJson } from './canonical-json.js';
import { governingOrderForm } from './contract.js';
import type { Refusal } from './errors.js';

/** What of an account its status follows from. */
type StatusBasis = Pick<AccountState, 'contract' | 'status' | 'available' | 'held'>;

/** P5: an entry that leaves the balance at or below `suspendAtBalance` suspends; one that raises it above ends it. */
export function statusAfter(before: StatusBasis, after: StatusBasis): AccountStatus {
  const form = governingOrderForm(after.contract);
  if (form === null) return after.status;
  const was = balanceOf(before);
  const is = balanceOf(after);
  if (is.lt(was) && is.lte(form.suspendAtBalance)) return 'suspended';
  if (is.gt(was) && is.gt(form.suspendAtBalance)) return 'active';
  return after.status;
}

/** P5: the first refusal for lack of credits limits the account; further ones write nothing. */
export function statusAfterRefusal(state: AccountState, refused: Refusal): AccountStatus {
  return refused.code === 'insufficient-credits' && state.status === 'active' ? 'limited' : state.status;
}

/** The entry, without postings, that records a change of status and what caused it. */
export function statusChange(from: AccountStatus, to: AccountStatus, cites: number | null, context: Context): Booking {
  return {
    draft: {
      ...plain({ actor: 'sys', keyDigest: null, fingerprint: null }),
      type: 'status',
      occurredAt: context.now,
      subject: null,
      cites,
      detail: canonicalJson({ clause: 'P5', from, to }),
    },
  };
}
