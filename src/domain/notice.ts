import type { AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { localDate } from './calendar.js';
import { canonicalJson, type Json } from './canonical-json.js';
import type { AnnounceRates, AttestedDelivery, BounceNotice, DeliverNotice, NoticeEvidence, WithdrawRates } from './command.js';
import {
  firstDelivery,
  governingOrderForm,
  leavesNoticePeriod,
  reachesPurchasesFrom,
  zoneOf,
  type AnnouncedVersion,
  type Contract,
  type NoticeDelivery,
} from './contract.js';
import { refusal, type Refusal } from './errors.js';
import { sha256 } from './hash-chain.js';
import { lacksSecondOperator } from './second-operator.js';

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
    announcedOn: today,
    deliveredOn: null,
    deliveries: [],
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
      effects: { contract: withAnnounced(contract, announced), announced: { version: announced, text: command.text } },
    },
  ];
}

/** P2: the notice has reached the licensee. The first delivery that counts begins its thirty days; further ones are on record. */
export function decideDelivery(state: AccountState, command: DeliverNotice, context: Context): Booking[] | Refusal {
  const { contract } = state;
  const { evidence } = command;
  const announced = announcedAs(contract, command.noticeId);
  if (announced === undefined) return noticeNotFound();
  const today = localDate(context.now, zoneOf(contract));
  const unfit = unfitEvidence(contract, announced, command, today, context.now);
  if (unfit !== null) return unfit;
  const delivered = withDelivery(announced, evidence, evidence.means === 'attested' ? evidence.deliveredOn : today, state.seq + 1);
  return [
    {
      draft: {
        ...plain(command),
        type: 'notice-delivered',
        occurredAt: context.now,
        subject: command.noticeId,
        detail: canonicalJson({
          deliveredOn: delivered.deliveredOn,
          means: evidence.means,
          ...(evidence.means === 'acknowledged' ? {} : { evidence: evidenceJson(evidence) }),
        }),
      },
      effects: { contract: withAnnounced(contract, delivered), delivered },
    },
  ];
}

/**
 * SPEC 8: what was mailed to a contact is not delivered where the contact has bounced since. That ends when the version has
 * reached the account: what was bought at its rates was bought on a notice that stood for thirty days.
 */
export function decideBounce(state: AccountState, command: BounceNotice, context: Context): Booking[] | Refusal {
  const { contract } = state;
  const announced = announcedAs(contract, command.noticeId);
  const delivery = announced?.deliveries.find((other) => other.contactId === command.contactId && other.bouncedBy === null);
  if (announced === undefined || delivery === undefined) return noticeNotFound();
  const from = reachesPurchasesFrom(announced);
  if (from !== null && localDate(context.now, zoneOf(contract)) >= from) {
    return refusal('notice-not-found', 'The thirty days of this notice are over: a bounce takes nothing back any more.');
  }
  const bounced = withBounce(announced, command.contactId, state.seq + 1);
  return [
    {
      draft: {
        ...plain(command),
        type: 'notice-bounced',
        occurredAt: context.now,
        subject: command.noticeId,
        cites: delivery.seq,
        detail: canonicalJson({ contactId: command.contactId, deliveredOn: bounced.deliveredOn }),
      },
      effects: { contract: withAnnounced(contract, bounced), delivered: bounced },
    },
  ];
}

/** SPEC 8: a published version is withdrawn before it has reached the account. What was bought at it, was bought at it for good. */
export function decideRateWithdrawal(state: AccountState, command: WithdrawRates, context: Context): Booking[] | Refusal {
  const { contract } = state;
  const announced = announcedAs(contract, command.noticeId);
  if (announced === undefined) return noticeNotFound();
  if (announced.withdrawn) return refusal('rate-version-withdrawn', 'This version was withdrawn already.');
  if (hasReached(announced, zoneOf(contract), context.now)) return inForce(announced.version);
  const withdrawn = { ...announced, withdrawn: true };
  return [
    {
      draft: {
        ...plain(command),
        type: 'notice-withdrawn',
        occurredAt: context.now,
        subject: command.noticeId,
        detail: canonicalJson({ cardId: announced.cardId, reason: command.reason, version: String(announced.version) }),
      },
      effects: { contract: withAnnounced(contract, withdrawn), delivered: withdrawn },
    },
  ];
}

/** Whether purchases of the account get a version: from then on nothing takes it back. */
export function hasReached(announced: Parameters<typeof reachesPurchasesFrom>[0], timeZone: string, now: number): boolean {
  const from = reachesPurchasesFrom(announced);
  return from !== null && localDate(now, timeZone) >= from;
}

export function inForce(version: number): Refusal {
  return refusal('rate-version-in-force', `Version ${version} is in force. What comes after it is a further version, with its own notice.`);
}

function unfitEvidence(
  contract: Contract,
  announced: AnnouncedVersion,
  { evidence, actor }: DeliverNotice,
  today: string,
  now: number,
): Refusal | null {
  if (evidence.means === 'webhook' && governingOrderForm(contract, now)?.noticeWebhook !== evidence.url) {
    return refusal('notice-not-found', 'The order form does not name this webhook for notices.');
  }
  return evidence.means === 'attested' ? unfitAttestation(evidence, actor, announced, today) : null;
}

function unfitAttestation(evidence: AttestedDelivery, actor: string, { announcedOn }: AnnouncedVersion, today: string): Refusal | null {
  const { deliveredOn, requestedBy } = evidence;
  if (deliveredOn < announcedOn || deliveredOn > today) {
    return refusal('invalid-request', 'The day of delivery lies between the announcement and today, both included.', {
      pointer: '/deliveredOn',
      data: { announcedOn, today },
    });
  }
  return lacksSecondOperator({ requestedBy, actor });
}

/** A notice with one more delivery. The same means to the same contact counts once. */
export function withDelivery(announced: AnnouncedVersion, evidence: NoticeEvidence, on: string, seq: number): AnnouncedVersion {
  const contactId = evidence.means === 'mail' ? evidence.contactId : null;
  const before = announced.deliveries.find((other) => other.means === evidence.means && other.contactId === contactId && other.bouncedBy === null);
  if (before !== undefined && before.on <= on) return announced;
  const added: NoticeDelivery = { seq, means: evidence.means, on, contactId, bouncedBy: null };
  return withDeliveries(announced, [...announced.deliveries, added]);
}

/** A notice after a contact has bounced: what was mailed to it counts no more. */
export function withBounce(announced: AnnouncedVersion, contactId: string, seq: number): AnnouncedVersion {
  const after = announced.deliveries.map((delivery) =>
    delivery.contactId === contactId && delivery.bouncedBy === null ? { ...delivery, bouncedBy: seq } : delivery,
  );
  return withDeliveries(announced, after);
}

function withDeliveries(announced: AnnouncedVersion, deliveries: readonly NoticeDelivery[]): AnnouncedVersion {
  return { ...announced, deliveries, deliveredOn: firstDelivery(deliveries) };
}

function evidenceJson(evidence: Exclude<NoticeEvidence, { means: 'acknowledged' }>): Json {
  if (evidence.means === 'mail') return { contactId: evidence.contactId, messageId: evidence.messageId };
  if (evidence.means === 'webhook') return { messageId: evidence.messageId, url: evidence.url };
  return { document: { ...evidence.document }, on: evidence.deliveredOn, requestedBy: evidence.requestedBy };
}

function announcedAs(contract: Contract, noticeId: string): AnnouncedVersion | undefined {
  return contract.announced.find((other) => other.noticeId === noticeId);
}

function noticeNotFound(): Refusal {
  return refusal('notice-not-found', 'This account has no such notice.');
}

function withAnnounced(contract: Contract, announced: AnnouncedVersion): Contract {
  return {
    ...contract,
    configVersion: contract.configVersion + 1,
    announced: [...contract.announced.filter((other) => other.noticeId !== announced.noticeId), announced],
  };
}
