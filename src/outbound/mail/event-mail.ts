import type { EventOf, EventType, LedgerEvent } from '../../domain/event.js';
import { aboutText, creditsText, dayText, daysText, factorText } from './figures.js';
import { breakFigures, differencesText, privacyChangeText } from './incident-words.js';
import { renderMail, type MailMatter, type RenderedMail } from './render-mail.js';

/** Where links lead. */
export interface MailPlace {
  /** Where people reach the service, without a slash at the end. */
  readonly publicUrl: string;
}

type Words<Type extends EventType> = (event: EventOf<Type>) => Omit<MailMatter, 'accountId' | 'link' | 'why' | 'choice' | 'at'> & {
  /** Page of the account that the one link leads to, or a path of the service, and what it is called. */
  readonly page: 'lots' | 'notices' | 'overview' | 'purchases' | 'usage' | `/${string}`;
  readonly linkText: string;
};

/** The contract, or the law of its use, asks for these: they can be routed to other contacts, and not be switched off. */
const NEVER_MUTED: readonly EventType[] = [
  'account.resumed',
  'account.limited',
  'account.suspended',
  'account.term_ended',
  'account.closed',
  'rates.announced',
  'break.found',
  'break.resolved',
];

/** What a person reads about an event: the matter in the subject, figures with their units, one link, and why it came. */
export function eventMail(event: LedgerEvent, { publicUrl }: MailPlace): RenderedMail {
  const { page, linkText, ...matter } = (WORDS[event.type] as Words<EventType>)(event);
  const account = `/app/a/${encodeURIComponent(event.accountId)}`;
  const path = page.startsWith('/') ? page : page === 'overview' ? account : `${account}/${page}`;
  return renderMail({
    ...matter,
    subject: `${matter.subject} [${event.accountId}]`,
    accountId: event.accountId,
    at: event.at,
    link: { url: `${publicUrl}${path}`, text: linkText },
    why:
      event.ruleId === null
        ? `You get this as a contact of the licensee of account ${event.accountId}.`
        : `You get this because of the alert rule "${event.ruleId}" of account ${event.accountId}.`,
    choice: choiceOf(event.type),
  });
}

function choiceOf(type: EventType): string {
  if (type === 'privacy.announced') return 'Everybody whose address is kept here is told of this.';
  return NEVER_MUTED.includes(type)
    ? 'Messages of this kind belong to the contract: they can be sent to other contacts, but not switched off.'
    : 'Messages of this kind can be muted: an admin of the account changes the alert rules.';
}

const WORDS: { readonly [Type in EventType]: Words<Type> } = {
  'balance.below': ({ data }) => ({
    subject: `Balance below ${creditsText(data.threshold)}`,
    heading: data.already ? 'The balance is below the level you asked about' : 'The balance has passed the level you asked about',
    paragraphs: ['Features that use credits stop when the balance is used up. Nothing is bought by itself: an admin of the account decides.'],
    figures: [
      ['Balance', creditsText(data.balance)],
      ['Of it set aside for work under way', creditsText(data.held)],
      [data.share === null ? 'Your level' : `Your level (${factorText(data.share, 100)}% of the last purchase)`, creditsText(data.threshold)],
    ],
    page: 'purchases',
    linkText: 'See the balance and what can be bought',
  }),
  'runway.below': ({ data }) => ({
    subject: `Credits last about ${daysText(data.runwayDays)} more`,
    heading: `At the pace of the last days, the credits last about ${daysText(data.runwayDays)} more`,
    paragraphs: ['This is a forecast from the usage of the days named here. It changes with the usage.'],
    figures: [
      ['Balance', creditsText(data.balance)],
      ['Usage per day, about', aboutText(data.burnPerDay)],
      ['Counted over', `${dayText(data.from)} to ${dayText(data.until)}`],
      ['Your level', daysText(String(data.days))],
    ],
    page: 'usage',
    linkText: 'See the usage',
  }),
  'term.ending': ({ data }) => ({
    subject: `The Term ends in ${daysText(String(data.days))}`,
    heading: `The Term of the account ends in ${daysText(String(data.days))}`,
    paragraphs: [
      'After it no new use is admitted. Credits that are left roll over when the Term is extended in time; else they lapse on the day named here.',
    ],
    figures: [
      ['End of the Term', dayText(data.endsAt)],
      ['Credits left lapse', dayText(data.lapsesAt)],
      ['Balance', creditsText(data.balance)],
    ],
    page: 'overview',
    linkText: 'See the account',
  }),
  'lot.ending': ({ data }) => ({
    subject: `${creditsText(data.available)} end in ${daysText(String(data.days))}`,
    heading: `A lot with ${creditsText(data.available)} ends in ${daysText(String(data.days))}`,
    paragraphs: ['Credits of this lot that are not used by then lapse.'],
    figures: [
      ['Lot', String(data.lotId)],
      ['Available in it', creditsText(data.available)],
      ['Ends', dayText(data.endsAt)],
    ],
    page: 'lots',
    linkText: 'See the lots',
  }),
  'burn.unusual': ({ data }) => ({
    subject: `Unusual usage: ${creditsText(data.lastDay)} in a day`,
    heading: `The last 24 hours used more than ${factorText(data.factor)} times the usual`,
    paragraphs: ['If this is not what you expect, look at which features used the credits.'],
    figures: [
      ['Last 24 hours', creditsText(data.lastDay)],
      ['Usual per day, about', aboutText(data.usualPerDay)],
      ['Counted over', `${dayText(data.from)} to ${dayText(data.until)}`],
    ],
    page: 'usage',
    linkText: 'See the usage',
  }),
  'account.resumed': (event) => status(event, 'The account is active again', ['Use that costs credits is admitted again.']),
  'account.limited': (event) =>
    status(event, 'The account is limited', ['An action was refused for lack of credits. What the balance covers still passes.']),
  'account.suspended': (event) =>
    status(event, 'The account is suspended', ['Nothing new that costs credits is admitted until credits are bought or the reason has ended. Work under way goes on.']),
  'account.term_ended': (event) =>
    status(event, 'The Term has ended', ['No new use is admitted. Credits stay as they are for the grace period, and are usable again when the Term is extended in that time.']),
  'account.closed': (event) => status(event, 'The account is closed', ['It can still be read. Nothing new is admitted.']),
  'credits.allocated': ({ data }) => ({
    subject: `${creditsText(data.credits)} allocated`,
    heading: `${creditsText(data.credits)} are ready for use`,
    paragraphs: ['The payment has been received, and the credits of the purchase were allocated.'],
    figures: [
      ['Purchase', data.purchaseId],
      ['Balance now', creditsText(data.balance)],
    ],
    page: 'lots',
    linkText: 'See the lot',
  }),
  'hold.expired': ({ data }) => ({
    subject: `A hold expired: ${creditsText(data.returned)} given back`,
    heading: `A hold for ${data.feature} expired`,
    paragraphs: ['It was neither captured nor released in time. What was set aside is available again.'],
    figures: [
      ['Hold', data.holdId],
      ['Given back', creditsText(data.returned)],
      ['Captured before', creditsText(data.captured)],
    ],
    page: 'overview',
    linkText: 'See the account',
  }),
  'usage.unfunded': ({ data }) => ({
    subject: `Usage without credits: ${creditsText(data.credits)}`,
    heading: 'Usage took place that no credit was there for',
    paragraphs: ['It is a record, and not a debt: it takes nothing from a later purchase by itself. An admin may settle it.'],
    figures: [
      ['Feature', data.feature],
      ['Not funded', creditsText(data.credits)],
      ['Balance', creditsText(data.balance)],
    ],
    page: 'usage',
    linkText: 'See the usage',
  }),
  'rates.announced': ({ data }) => ({
    subject: `Notice: new credit rates from ${dayText(data.effectiveDate)}`,
    heading: 'Notice of a change of credit consumption rates',
    paragraphs: [
      ...data.text.split(/\n{2,}/),
      'The change reaches only credits bought after it is in force for you, which is at least 30 days after this notice was delivered. Credits you have keep their rates.',
    ],
    figures: [
      ['Rate card', data.cardId],
      ['Version', String(data.version)],
      ['Effective date', dayText(data.effectiveDate)],
    ],
    page: 'notices',
    linkText: 'Read and acknowledge the notice',
  }),
  'break.found': ({ data }) => ({
    subject: `We found ${differencesText(data.count)} in the books of your account`,
    heading: `A check of the books found ${differencesText(data.count)} that may touch your balance`,
    paragraphs: ['Nothing was changed by the check. People look into it, and you are told how it ended.'],
    figures: breakFigures(data.count, data.breaks),
    page: 'overview',
    linkText: 'See the account',
  }),
  'break.resolved': ({ data }) => ({
    subject: `${data.count === 1 ? 'A difference' : differencesText(data.count)} in the books of your account: resolved`,
    heading: `What was found in the books of your account is resolved`,
    paragraphs: ['What had to be booked for it is an entry of its own, which you can see in the account.'],
    figures: breakFigures(data.count, data.breaks),
    page: 'overview',
    linkText: 'See the account',
  }),
  'privacy.announced': ({ data }) => ({
    subject: `Privacy notice, version ${String(data.version)}, from ${dayText(data.effectiveOn)}`,
    heading: `The privacy notice of this service: version ${String(data.version)} applies from ${dayText(data.effectiveOn)}`,
    paragraphs: [`${privacyChangeText(data.change)} It says which data about you is kept, what for and how long, and what you can ask for.`],
    figures: [
      ['Version', String(data.version)],
      ['Announced', dayText(data.announcedOn)],
      ['Applies from', dayText(data.effectiveOn)],
    ],
    page: `/v1/privacy-notices/${String(data.version)}`,
    linkText: 'Read the privacy notice',
  }),
  'contact.bounced': ({ data }) => ({
    subject: 'A contact cannot be reached by mail',
    heading: 'Mail to one of your contacts came back',
    paragraphs: ['Notices do not reach this contact any more. Correct the address, or have another contact take its place.'],
    figures: [
      ['Contact', data.contactId],
      ['Since', dayText(data.bouncedAt)],
      ['Answer of the mail server', data.status === null ? 'a mail of its own' : String(data.status)],
    ],
    page: 'notices',
    linkText: 'See the account',
  }),
  'endpoint.disabled': ({ data }) => ({
    subject: 'A webhook endpoint was switched off',
    heading: 'A webhook endpoint has failed for long, and was switched off',
    paragraphs: ['Messages to it wait, and can be sent again once it is switched on.'],
    figures: [
      ['Endpoint', data.endpointId],
      ['Failing since', dayText(data.failingSince)],
      ['Last answer', data.status === null ? 'none' : String(data.status)],
    ],
    page: 'overview',
    linkText: 'See the account',
  }),
};

/** The codes of an account's standing, as a person says them. */
const STATUS_TEXT: Readonly<Record<StatusEvent['data']['status'], string>> = {
  active: 'active',
  limited: 'limited',
  suspended: 'suspended',
  term_ended: 'the Term had ended',
  closed: 'closed',
};
const REASON_TEXT: Readonly<Record<string, string>> = {
  closed: 'it is closed',
  operator: 'suspended by Kaltura',
  'term-ended': 'the Term is over',
  'term-lapsed': 'the Term and its grace period are over',
  'credits-limited': 'too few credits for an action',
  'credits-suspended': 'the credits are used up',
};

type StatusEvent = EventOf<'account.resumed' | 'account.limited' | 'account.suspended' | 'account.term_ended' | 'account.closed'>;

function status({ data }: StatusEvent, heading: string, paragraphs: readonly string[]): ReturnType<Words<EventType>> {
  return {
    subject: heading,
    heading,
    paragraphs,
    figures: [
      ['Balance', creditsText(data.balance)],
      ['Before', STATUS_TEXT[data.previous]],
      ['Since', dayText(data.since)],
      ...(data.reasons.length === 0 ? [] : [['Reason', data.reasons.map((reason) => REASON_TEXT[reason] ?? reason).join(', ')] as const]),
    ],
    page: data.status === 'suspended' || data.status === 'limited' ? 'purchases' : 'overview',
    linkText: data.status === 'suspended' || data.status === 'limited' ? 'Buy credits' : 'See the account',
  };
}
