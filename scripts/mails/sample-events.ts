import { eventId, EVENT_TYPES, ROUTED_TO_ALL, type EventData, type EventType, type LedgerEvent } from '../../src/domain/event.js';

const ACCOUNT = '1029384';
const AT = '2026-11-02T09:30:00.000Z';

const BREAK = { breakId: '019a8f2c-77aa-7b10-8c55-1e2f3a4b5c6d', kind: 'usage-missing', credits: '12.500000000', amount: null, currency: null, foundAt: AT } as const;

/** One event of each type, with figures as they come. */
const DATA: { readonly [Type in EventType]: EventData[Type] } = {
  'balance.below': {
    threshold: '1000.000000000',
    share: '0.2',
    balance: '962.450000000',
    available: '842.450000000',
    held: '120.000000000',
    already: false,
  },
  'runway.below': { days: 14, runwayDays: '11.5', burnPerDay: '83.691304348', balance: '962.450000000', from: '2026-10-26T09:00:00.000Z', until: AT },
  'term.ending': { days: 30, endsAt: '2026-12-02T00:00:00.000Z', lapsesAt: '2027-01-01T00:00:00.000Z', balance: '4210.500000000' },
  'lot.ending': { days: 14, lotId: 3, endsAt: '2026-11-16T00:00:00.000Z', available: '1250.000000000' },
  'burn.unusual': { factor: '3', lastDay: '412.600000000', usualPerDay: '83.700000000', from: '2026-10-26T09:00:00.000Z', until: AT },
  'account.resumed': { status: 'active', previous: 'suspended', reasons: [], balance: '5000.000000000', since: AT },
  'account.limited': { status: 'limited', previous: 'active', reasons: ['credits-limited'], balance: '2.750000000', since: AT },
  'account.suspended': { status: 'suspended', previous: 'limited', reasons: ['credits-suspended'], balance: '0.000000000', since: AT },
  'account.term_ended': { status: 'term_ended', previous: 'active', reasons: ['term-ended'], balance: '4210.500000000', since: AT },
  'account.closed': { status: 'closed', previous: 'term_ended', reasons: ['closed'], balance: '0.000000000', since: AT },
  'credits.allocated': { purchaseId: 'pur-2026-0117', lotId: 4, credits: '5000.000000000', balance: '5962.450000000' },
  'hold.expired': { holdId: 'render-0815', feature: 'avatar.vod', returned: '45.250000000', captured: '14.750000000' },
  'usage.unfunded': { feature: 'captions', credits: '37.500000000', balance: '0.000000000' },
  'rates.announced': {
    noticeId: 'notice-7',
    cardId: 'standard',
    version: 4,
    effectiveDate: '2026-12-15',
    text: 'From 15 December 2026 on, captions cost 0.6 credits a minute instead of 0.5.\n\nAgents cost 0.00035 credits a token instead of 0.0004.',
  },
  'break.found': { count: 1, breaks: [BREAK] },
  'break.resolved': { count: 1, breaks: [{ ...BREAK, resolution: 'corrected', resolvedAt: '2026-11-04T15:10:00.000Z' }] },
  'privacy.announced': { version: 3, change: 'substantial', announcedOn: '2026-11-02', effectiveOn: '2026-12-02', textHash: 'b7'.repeat(32) },
  'contact.bounced': { contactId: '019a8f10-3b5c-7d21-9c11-5a0f6f4c2b11', bouncedAt: AT, status: 550 },
  'endpoint.disabled': { endpointId: '019a8f10-91aa-7c02-8f3e-0d4c1b7e9a55', failingSince: '2026-10-28T04:12:00.000Z', status: 503 },
};
const RULES: Partial<Record<EventType, string>> = { 'balance.below': 'balance-20', 'runway.below': 'runway-14', 'term.ending': 'term-30', 'lot.ending': 'lot-14', 'burn.unusual': 'burn-3' };

export function sampleEvents(): LedgerEvent[] {
  return EVENT_TYPES.map((type, i) => {
    const ruleId = RULES[type] ?? null;
    const place = { accountId: ACCOUNT, licenseeId: 'northlight', seq: 100 + i, ordinal: 0 };
    return { id: eventId(ACCOUNT, place.seq, 0, Date.parse(AT)), type, ...place, at: AT, ruleId, route: ROUTED_TO_ALL, data: DATA[type] } as LedgerEvent;
  });
}
