import { hash as digest } from 'node:crypto';
import type { BreakKind, BreakResolution } from './break.js';
import type { AccountStatus } from './standing.js';

/**
 * What a licensee and its machines are told of (SPEC 11). Amounts are credits with nine fractional digits, instants RFC 3339
 * in UTC, days calendar days of the account. Nothing in an event is personal data: people are named by their contact's id.
 */
export interface EventData {
  /** An entry took the balance to or below a rule's threshold; `share` where the rule is a share of the last purchase. */
  'balance.below': {
    readonly threshold: string;
    readonly share: string | null;
    readonly balance: string;
    readonly available: string;
    readonly held: string;
    /** The entry found the balance below already: the rule, or its threshold, is new. */
    readonly already: boolean;
  };
  /** At the burn of the last days the balance lasts fewer days than the rule asks for. */
  'runway.below': {
    readonly days: number;
    readonly runwayDays: string;
    readonly burnPerDay: string;
    readonly balance: string;
    readonly from: string;
    readonly until: string;
  };
  'term.ending': { readonly days: number; readonly endsAt: string; readonly lapsesAt: string; readonly balance: string };
  'lot.ending': { readonly days: number; readonly lotId: number; readonly endsAt: string; readonly available: string };
  /** The credits of the last 24 hours are more than `factor` times those of a day before. */
  'burn.unusual': { readonly factor: string; readonly lastDay: string; readonly usualPerDay: string; readonly from: string; readonly until: string };
  'account.resumed': StatusChange;
  'account.limited': StatusChange;
  'account.suspended': StatusChange;
  'account.term_ended': StatusChange;
  'account.closed': StatusChange;
  'credits.allocated': { readonly purchaseId: string; readonly lotId: number; readonly credits: string; readonly balance: string };
  'hold.expired': { readonly holdId: string; readonly feature: string; readonly returned: string; readonly captured: string };
  'usage.unfunded': { readonly feature: string; readonly credits: string; readonly balance: string };
  'rates.announced': {
    readonly noticeId: string;
    readonly cardId: string;
    readonly version: number;
    readonly effectiveDate: string;
    /** The words of the notice, as the entry commits to them. */
    readonly text: string;
  };
  /** Differences that touch the account's balance were found (s.3). Each is told once; the oldest are listed, `count` counts all of them. */
  'break.found': { readonly count: number; readonly breaks: readonly ToldBreak[] };
  /** People have resolved some of them. */
  'break.resolved': { readonly count: number; readonly breaks: readonly (ToldBreak & { readonly resolution: BreakResolution; readonly resolvedAt: string })[] };
  /** A version of the deployment's privacy notice, before it applies (SPEC 14). Days in UTC. */
  'privacy.announced': {
    readonly version: number;
    readonly change: 'first' | 'substantial' | 'minor' | 'required-by-law';
    readonly announcedOn: string;
    readonly effectiveOn: string;
    /** SHA-256 of its text, hex. */
    readonly textHash: string;
  };
  /** Mail to a contact came back: notices do not reach it (P3). */
  'contact.bounced': { readonly contactId: string; readonly bouncedAt: string; readonly status: number | null };
  /** An endpoint failed for so long that it was switched off. */
  'endpoint.disabled': { readonly endpointId: string; readonly failingSince: string; readonly status: number | null };
}

/** A difference, as the licensee is told of it. Credits and money are what is in question, where that is known. */
export interface ToldBreak {
  readonly breakId: string;
  readonly kind: BreakKind;
  readonly credits: string | null;
  readonly amount: string | null;
  readonly currency: string | null;
  readonly foundAt: string;
}

interface StatusChange {
  readonly status: AccountStatus;
  readonly previous: AccountStatus;
  readonly reasons: readonly string[];
  readonly balance: string;
  readonly since: string;
}

export const EVENT_TYPES = [
  'balance.below',
  'runway.below',
  'term.ending',
  'lot.ending',
  'burn.unusual',
  'account.resumed',
  'account.limited',
  'account.suspended',
  'account.term_ended',
  'account.closed',
  'credits.allocated',
  'hold.expired',
  'usage.unfunded',
  'rates.announced',
  'break.found',
  'break.resolved',
  'privacy.announced',
  'contact.bounced',
  'endpoint.disabled',
] as const satisfies readonly (keyof EventData)[];
export type EventType = (typeof EVENT_TYPES)[number];

/** Who is told besides the web account and the event stream, frozen when the event was written. */
export interface Route {
  /** Ids of contacts; `all`: every verified contact of the licensee. */
  readonly mail: 'all' | readonly string[];
  /** Whether the endpoints that listen to this type get it. */
  readonly webhooks: boolean;
}

/** Everything about one event, complete: what is edited later changes nothing of it. */
export interface EventOf<Type extends EventType> {
  /** UUIDv7: the same over all retries, and made of the event's place, so that it can be made again. */
  readonly id: string;
  readonly type: Type;
  readonly accountId: string;
  readonly licenseeId: string;
  /** The entry that caused it; where no entry did, the account's last one. With `ordinal` the order of the account's events. */
  readonly seq: number;
  readonly ordinal: number;
  /** Business time, RFC 3339. */
  readonly at: string;
  /** The alert rule that asked for it, if one did. */
  readonly ruleId: string | null;
  readonly route: Route;
  readonly data: EventData[Type];
}
export type LedgerEvent = { [Type in EventType]: EventOf<Type> }[EventType];

/** An event before it has its place among the account's. */
export type EventDraft = { [Type in EventType]: Pick<EventOf<Type>, 'type' | 'ruleId' | 'route' | 'data'> }[EventType];

export const ROUTED_TO_ALL: Route = { mail: 'all', webhooks: true };

/** The stable id of the event at one place of an account: a UUIDv7 (RFC 9562) with its business time in front. */
export function eventId(accountId: string, seq: number, ordinal: number, at: number): string {
  const place = digest('sha256', JSON.stringify(['kaltura-ai-credits/event/1', accountId, String(seq), String(ordinal)]), 'hex');
  const time = Math.max(0, at).toString(16).padStart(12, '0');
  const variant = ((Number.parseInt(place.slice(3, 4), 16) & 0x3) | 0x8).toString(16);
  return [time.slice(0, 8), time.slice(8, 12), `7${place.slice(0, 3)}`, variant + place.slice(4, 7), place.slice(7, 19)].join('-');
}
