import type { AlertRule } from './alert-rule.js';
import type { Amount } from './credits.js';
import { addDays, laterDate, localDate, startOfDay } from './calendar.js';
import type { LotKind } from './lot.js';
import type { VersionsOfCard } from './pricing.js';
import { rateVersionId, type RateBook, type RateVersion } from './rate.js';

/** How use of a feature is billed (P1). Usage is metered in all three modes. */
export const BILLING_MODES = ['credits', 'trial', 'subscription'] as const;
export type BillingMode = (typeof BILLING_MODES)[number];

export interface OrderedFeature {
  readonly feature: string;
  readonly mode: BillingMode;
  /** The most that one action may use, per meter; absent: no cap. */
  readonly maxQuantity: ReadonlyMap<string, Amount>;
}

/** What a signed order form says. Immutable: a change is a further order form. */
export interface OrderForm {
  readonly orderFormId: string;
  readonly number: string;
  readonly signedAt: number;
  /** The calendar day it was signed on, where it is recorded later; null: when it was recorded. */
  readonly signedOn: string | null;
  readonly timeZone: string;
  /** First and last calendar day of its Term, in `timeZone`, both included. */
  readonly termStart: string;
  readonly termEnd: string;
  readonly features: ReadonlyMap<string, OrderedFeature>;
  readonly cardId: string;
  /** The version in force for its purchases from the start; a later one needs a notice (P2). */
  readonly rateVersion: number;
  /** Price of one credit, up to 12 places, exclusive of tax. */
  readonly unitPrice: string;
  readonly currency: string;
  /** Tax as a fraction of the price, kept apart from it (P8). */
  readonly taxRate: string;
  readonly priority: Readonly<Record<LotKind, number>>;
  readonly suspendAtBalance: Amount;
  /** P5: whether a first refusal for lack of credits suspends instead of limiting. */
  readonly suspendOnRefusal: boolean;
  /** Days after the end of the Term in which an extension still rolls over what is left (SPEC 9). */
  readonly rolloverGraceDays: number;
  readonly paymentDueDays: number;
  /** P4: what later purchases cost: the then-current price of the card, or what the form itself says. */
  readonly laterPrices: 'then-current' | 'order-form';
  /** The part of what is due, as a fraction, that finance may write off when it is missing. */
  readonly shortfallTolerance: string;
  /** The address to which notices may be delivered (SPEC 8); null: none is named. */
  readonly noticeWebhook: string | null;
  readonly addendumVersion: string;
  readonly addendumHash: string;
}

/** A published version of a card, as far as it has come for one account. */
export interface AnnouncedVersion {
  readonly cardId: string;
  readonly version: number;
  readonly effectiveDate: string;
  readonly noticeId: string;
  /** Calendar day, in the account's zone, on which the account was told of it. */
  readonly announcedOn: string;
  /** Calendar day of delivery to this licensee, in the account's zone; null: its thirty days have not begun. */
  readonly deliveredOn: string | null;
  /** What shows that it was delivered, in order of `seq`. */
  readonly deliveries: readonly NoticeDelivery[];
  readonly withdrawn: boolean;
}

export const DELIVERY_MEANS = ['acknowledged', 'mail', 'webhook', 'attested'] as const;

/** One piece of evidence that a notice was delivered. */
export interface NoticeDelivery {
  /** The entry that recorded it. */
  readonly seq: number;
  readonly means: (typeof DELIVERY_MEANS)[number];
  /** Calendar day, in the account's zone. */
  readonly on: string;
  /** To whom it was mailed: an opaque id; null where it was not. */
  readonly contactId: string | null;
  /** The entry that recorded that the contact bounced since, so that this counts no more; null: it counts. */
  readonly bouncedBy: number | null;
}

/** The first day that any delivery shows that counts. */
export function firstDelivery(deliveries: readonly NoticeDelivery[]): string | null {
  const days = deliveries.filter(({ bouncedBy }) => bouncedBy === null).map(({ on }) => on);
  return days.length === 0 ? null : days.reduce((first, day) => (day < first ? day : first));
}

const NOTICE_DAYS = 30;

/** P2: the first day on which an announced version reaches purchases: the day after max(effective date, delivery + 30 days). */
export function reachesPurchasesFrom(announced: Pick<AnnouncedVersion, 'effectiveDate' | 'deliveredOn' | 'withdrawn'>): string | null {
  if (announced.deliveredOn === null || announced.withdrawn) return null;
  return addDays(laterDate(announced.effectiveDate, addDays(announced.deliveredOn, NOTICE_DAYS)), 1);
}

/** Whether a version published on a day leaves 30 days of notice before it takes effect (P2). */
export function leavesNoticePeriod(publishedOn: string, effectiveDate: string): boolean {
  return effectiveDate >= addDays(publishedOn, NOTICE_DAYS);
}

/**
 * All that the contract says about one account, frozen at one `configVersion` of its row: whatever changes it is an entry
 * of the account's ledger and raises that number, so a copy with the same number is the truth.
 */
export interface Contract {
  readonly accountId: string;
  readonly licenseeId: string;
  readonly configVersion: number;
  /** In order of signature: the last one governs modes, policies and priority (SPEC 9). */
  readonly orderForms: readonly OrderForm[];
  readonly announced: readonly AnnouncedVersion[];
  /** The last day of each closed accounting period, oldest first (SPEC 13). */
  readonly closedPeriods: readonly string[];
  readonly alertRules: readonly AlertRule[];
}

/**
 * The order form whose modes, policies, grace and priority rule at an instant: the latest signed one that is in force, which
 * is to say whose Term has begun; before the first Term, the first one (SPEC 9).
 */
export function governingOrderForm(contract: Contract, at: number): OrderForm | null {
  const { orderForms } = contract;
  for (let i = orderForms.length - 1; i >= 0; i -= 1) {
    const form = orderForms[i] as OrderForm;
    if (beginsAt(form) <= at) return form;
  }
  return orderForms[0] ?? null;
}

const beginnings = new WeakMap<OrderForm, number>();

function beginsAt(form: OrderForm): number {
  let at = beginnings.get(form);
  if (at === undefined) {
    at = startOfDay(form.termStart, form.timeZone);
    beginnings.set(form, at);
  }
  return at;
}

/** The place of a kind of lot in the burn order: that of the order form signed last, for every lot. */
export function priorityOf(contract: Contract, kind: LotKind): number | null {
  return contract.orderForms.at(-1)?.priority[kind] ?? null;
}

/** The zone that the latest order form froze at its signature. */
export function zoneOf(contract: Contract): string {
  return contract.orderForms.at(-1)?.timeZone ?? 'UTC';
}

/** The version that a purchase under this order form gets at an instant: the highest that has reached the account (SPEC 8). */
export function versionForPurchase(contract: Contract, form: OrderForm, instant: number): number {
  const today = localDate(instant, form.timeZone);
  let version = form.rateVersion;
  for (const announced of contract.announced) {
    if (announced.cardId !== form.cardId || announced.version <= version) continue;
    const from = reachesPurchasesFrom(announced);
    if (from !== null && today >= from) version = announced.version;
  }
  return version;
}

/** The view of a contract that pricing needs, over one order form's card and the lots' own cards. */
export function versionsOf(contract: Contract, rates: RateBook): VersionsOfCard {
  return {
    laterVersions(own, actionTime): readonly RateVersion[] {
      const today = localDate(actionTime, zoneOf(contract));
      const numbers = new Set<number>();
      for (const form of contract.orderForms) {
        if (form.cardId === own.cardId && form.rateVersion > own.version) numbers.add(form.rateVersion);
      }
      for (const announced of contract.announced) {
        if (announced.cardId !== own.cardId || announced.version <= own.version || announced.withdrawn) continue;
        if (announced.effectiveDate <= today) numbers.add(announced.version);
      }
      return [...numbers]
        .sort((a, b) => a - b)
        .map((number) => rates.get(rateVersionId(own.cardId, number)))
        .filter((version) => version !== undefined);
    },
    versionForPurchase(actionTime): RateVersion | null {
      const form = governingOrderForm(contract, actionTime);
      if (form === null) return null;
      return rates.get(rateVersionId(form.cardId, versionForPurchase(contract, form, actionTime))) ?? null;
    },
  };
}
