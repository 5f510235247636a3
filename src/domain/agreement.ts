import { knownLots, type AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { isWithoutPrice, placement, plain, withoutPrice } from './buying.js';
import { instantText } from './calendar.js';
import { canonicalJson } from './canonical-json.js';
import type { SignOrderForm } from './command.js';
import { ZERO, formatCredits } from './credits.js';
import type { Contract } from './contract.js';
import type { PostingDraft } from './entry.js';
import { refusal, type Refusal } from './errors.js';
import { sha256, shortDigest } from './hash-chain.js';
import { splitReturn } from './returning.js';
import { standingChange } from './status.js';
import { termAt, termsOf } from './term.js';

/** Signs an order form and places what it contains (P6). */
export function decideOrderForm(state: AccountState, command: SignOrderForm, context: Context): Booking[] | Refusal {
  const { contract } = state;
  if (contract.orderForms.some((form) => form.orderFormId === command.form.orderFormId || form.number === command.form.number)) {
    return refusal('order-form-exists', `Order form ${command.form.number} is signed already.`, { pointer: '/number' });
  }
  const signedAt = Math.max(context.now, state.lastRecordedAt);
  const form = { ...command.form, signedAt };
  const next: Contract = {
    ...contract,
    configVersion: contract.configVersion + 1,
    orderForms: [...contract.orderForms, form],
  };
  const signature: Booking = {
    draft: {
      ...plain(command),
      type: 'order-form',
      occurredAt: signedAt,
      subject: form.orderFormId,
      detail: canonicalJson({
        document: command.document,
        documentHash: sha256(command.document),
        number: form.number,
        purchases: command.purchases.map(({ purchaseId, credits }) => ({ credits: formatCredits(credits), purchaseId })),
      }),
    },
    effects: { contract: next, orderForm: { form, document: command.document } },
  };
  const unpriced = command.purchases.find(({ credits }) => isWithoutPrice(form, credits));
  if (unpriced !== undefined) return withoutPrice();
  const placements = command.purchases.map((ordered) =>
    placement(next, form, ordered, signedAt, {
      actor: command.actor,
      keyDigest: shortDigest(`sys:purchase:${ordered.purchaseId}`),
      fingerprint: null,
    }),
  );
  return [signature, ...rollovers(state, contract, next, context), ...placements];
}

/**
 * P4: an extension rolls over what is left, lots, rates and order unchanged. Signed in time but recorded after the lapse,
 * it reinstates what that lapse took.
 */
function rollovers(state: AccountState, before: Contract, after: Contract, context: Context): Booking[] {
  const was = termAt(before, context.now);
  const is = termAt(after, context.now);
  if (was === null || is === null || termsOf(after).length > termsOf(before).length || is.until <= was.until) return [];
  const { standing } = state;
  const extension = {
    ...plain({ actor: 'sys', keyDigest: null, fingerprint: null }),
    occurredAt: context.now,
    subject: after.orderForms.at(-1)?.orderFormId ?? null,
    cites: state.seq + 1,
    detail: canonicalJson({ clause: 'P4', from: instantText(was.until), until: instantText(is.until) }),
  };
  // Recorded when the extension itself is over already, the Term is back in its grace.
  const term = context.now < is.until ? 'running' : 'ended';
  const resumed: Booking[] =
    standing.term === term ? [] : [standingChange(standing, { ...standing, term }, context, { cites: state.seq + 1 })];
  if (standing.term !== 'lapsed') return [{ draft: { ...extension, type: 'rollover' } }, ...resumed];
  // What lapsed with a Term before this one is gone for good.
  const gone = termsOf(before).at(-2)?.lapsesAt ?? -Infinity;
  const lapsed = knownLots(state)
    .filter((lot) => !lot.buckets.lapsed.isZero() && lot.condition !== 'refunded' && lot.allocatedAt >= gone && (lot.validUntil === null || lot.validUntil > context.now))
    .sort((a, b) => a.lotId - b.lotId);
  const postings: PostingDraft[] = lapsed.flatMap((lot) =>
    splitReturn(lot, lot.buckets.lapsed, 'available').map(({ to, credits }) => ({
      lotId: lot.lotId,
      from: 'lapsed',
      to,
      credits,
      rateVersion: null,
      share: null,
    })),
  );
  const credits = postings.reduce((sum, posting) => sum.add(posting.credits), ZERO);
  return [...resumed, { draft: { ...extension, type: 'reinstatement', credits, postings } }];
}
