import type { AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { placement, plain } from './buying.js';
import { localDate } from './calendar.js';
import { canonicalJson } from './canonical-json.js';
import type { AnnounceRates, DeliverNotice, SignOrderForm } from './command.js';
import { formatCredits } from './credits.js';
import { leavesNoticePeriod, zoneOf, type AnnouncedVersion, type Contract } from './contract.js';
import { refusal, type Refusal } from './errors.js';
import { sha256, shortDigest } from './hash-chain.js';

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
  const placements = command.purchases.map((ordered) =>
    placement(next, form, ordered, 'order-form', signedAt, {
      actor: command.actor,
      keyDigest: shortDigest(`sys:purchase:${ordered.purchaseId}`),
      fingerprint: null,
    }),
  );
  return [signature, ...placements];
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
