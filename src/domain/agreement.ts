import { knownLots, type AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { isWithoutPrice, placement, plain, withoutPrice } from './buying.js';
import { instantText, localDate } from './calendar.js';
import { canonicalJson } from './canonical-json.js';
import type { AnnounceRates, DeliverNotice, SignOrderForm } from './command.js';
import { ZERO, formatCredits } from './credits.js';
import { leavesNoticePeriod, zoneOf, type AnnouncedVersion, type Contract } from './contract.js';
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

/** P2: tells this licensee of a version. Its thirty days begin with delivery, not with this. */
export function decideAnnouncement(state: AccountState, command: AnnounceRates, context: Context): Booking[] | Refusal {
  const { contract } = state;
  const today = localDate(context.now, zoneOf(contract));
  if (!leavesNoticePeriod(today, command.effectiveDate)) {
    return refusal('notice-period-too-short', 'A change of rates needs 30 days of prior written notice.', {
      pointer: '/effectiveDate',
      data: { today, effectiveDate: command.effectiveDate },
    });
  }
  if (contract.announced.some(({ cardId, version }) => cardId === command.cardId && version === command.version)) {
    return refusal('notice-exists', 'This account was told of that version already.', { data: { version: String(command.version) } });
  }
  const announced: AnnouncedVersion = {
    cardId: command.cardId,
    version: command.version,
    effectiveDate: command.effectiveDate,
    noticeId: command.noticeId,
    deliveredOn: null,
    withdrawn: false,
  };
  return [
    {
      draft: {
        ...plain(command),
        type: 'notice',
        occurredAt: context.now,
        subject: command.noticeId,
        detail: canonicalJson({
          cardId: command.cardId,
          effectiveDate: command.effectiveDate,
          text: command.text,
          textHash: sha256(command.text),
          version: String(command.version),
        }),
      },
      effects: {
        contract: withAnnounced(contract, announced),
        announced: { version: announced, on: today, text: command.text },
      },
    },
  ];
}

/** P2: the notice has reached the licensee, on this day of its own calendar. A second delivery changes nothing. */
export function decideDelivery(state: AccountState, command: DeliverNotice, context: Context): Booking[] | Refusal {
  const { contract } = state;
  const announced = contract.announced.find((other) => other.noticeId === command.noticeId);
  if (announced === undefined) return refusal('notice-not-found', 'This account has no such notice.');
  const delivered = { ...announced, deliveredOn: announced.deliveredOn ?? localDate(context.now, zoneOf(contract)) };
  return [
    {
      draft: {
        ...plain(command),
        type: 'notice-delivered',
        occurredAt: context.now,
        subject: command.noticeId,
        detail: canonicalJson({ deliveredOn: delivered.deliveredOn, means: command.means }),
      },
      effects: { contract: withAnnounced(contract, delivered), delivered },
    },
  ];
}

function withAnnounced(contract: Contract, announced: AnnouncedVersion): Contract {
  return {
    ...contract,
    configVersion: contract.configVersion + 1,
    announced: [...contract.announced.filter((other) => other.noticeId !== announced.noticeId), announced],
  };
}
