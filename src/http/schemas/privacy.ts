import { z } from 'zod';
import { IDENTITY_MEANS, PRIVACY_KINDS } from '../../postgres/catalogue/privacy-requests.js';
import { PRIVACY_CHANGES } from '../../postgres/catalogue/privacy-notices.js';
import { date, id, instant, name as plainName, prose, wholeNumber } from './values.js';

export const newPrivacyRequest = z
  .strictObject({
    contactId: id,
    kind: z.enum(PRIVACY_KINDS),
    receivedAt: instant.optional().meta({ description: 'When the person asked; absent: now. The thirty days begin then.' }),
  })
  .meta({ id: 'NewPrivacyRequest' });
export const identityCheck = z.strictObject({ means: z.enum(IDENTITY_MEANS) }).meta({ id: 'IdentityCheck' });
export const privacyAnswer = z
  .strictObject({
    name: prose(200, 'The right name, of a correction. It is kept with the contact only.').optional(),
    refusedBecause: prose(500, 'Why it is refused; without personal data.').optional(),
  })
  .refine(({ name, refusedBecause }) => name === undefined || refusedBecause === undefined, 'Either it is done, or it is refused.')
  .meta({ id: 'NewPrivacyAnswer' });
export const privacyRequestAnswer = z
  .strictObject({
    requestId: z.string(),
    contactId: z.string(),
    kind: z.enum(PRIVACY_KINDS),
    receivedAt: instant,
    dueAt: instant,
    receivedBy: z.string(),
    identityCheckedAt: instant.nullable(),
    identityCheckedBy: z.string().nullable(),
    identityMeans: z.enum(IDENTITY_MEANS).nullable(),
    answeredAt: instant.nullable(),
    answeredBy: z.string().nullable(),
    outcome: z.enum(['done', 'refused']).nullable(),
    refusedBecause: z.string().nullable(),
  })
  .meta({ id: 'PrivacyRequest' });
export const privacyRequestsAnswer = z.strictObject({ items: z.array(privacyRequestAnswer) }).meta({ id: 'PrivacyRequests' });
export const answeredPrivacyRequest = z
  .strictObject({
    request: privacyRequestAnswer,
    data: z.record(z.string(), z.unknown()).nullable().meta({ description: 'What the person asked to see or to take along; a replay does not have it.' }),
  })
  .meta({ id: 'AnsweredPrivacyRequest' });
export const privacyRequestsQuery = z.strictObject({ open: z.enum(['true', 'false']).optional() });

export const newPrivacyNotice = z
  .strictObject({
    text: prose(100_000, 'The whole notice.'),
    change: z.enum(['substantial', 'minor', 'required-by-law']),
    effectiveOn: date,
  })
  .meta({ id: 'NewPrivacyNotice' });
export const privacyNoticeAnswer = z
  .strictObject({ version: z.int().positive(), text: z.string(), textHash: z.string(), change: z.enum(PRIVACY_CHANGES), announcedOn: date, effectiveOn: date })
  .meta({ id: 'PrivacyNotice' });
export const privacyNoticesAnswer = z.strictObject({ items: z.array(privacyNoticeAnswer) }).meta({ id: 'PrivacyNotices' });

export const endUserSearch = z
  .strictObject({
    endUser: prose(200, 'The id as it was sent with the debits. It is kept nowhere.'),
    after: wholeNumber(Number.MAX_SAFE_INTEGER, '`next` of the page before.').optional(),
  })
  .meta({ id: 'EndUserSearch' });
export const endUserEntriesAnswer = z
  .strictObject({
    items: z.array(z.strictObject({ seq: z.int().positive(), type: z.string(), occurredAt: instant, feature: z.string().nullable(), credits: z.string() })),
    next: z.string().nullable(),
  })
  .meta({ id: 'EndUserEntries' });
export const evidenceOpening = z.strictObject({ purpose: prose(500, 'What it is opened for; without personal data.') }).meta({ id: 'EvidenceOpening' });
export const openedEvidenceAnswer = z.strictObject({ content: z.record(z.string(), z.string().nullable()) }).meta({ id: 'OpenedEvidence' });
export const evidenceListAnswer = z
  .strictObject({
    items: z.array(
      z.strictObject({
        accountId: z.string(),
        evidenceId: z.string(),
        subject: z.string().meta({ description: 'Id of the notice.' }),
        kind: z.string(),
        sealedAt: instant,
        keepUntil: instant,
        accesses: z.array(z.strictObject({ evidenceId: z.string(), accessId: z.string(), actor: z.string(), purpose: z.string(), at: instant })),
      }),
    ),
  })
  .meta({ id: 'SealedEvidence' });
export const retentionRunsAnswer = z
  .strictObject({
    items: z.array(z.strictObject({ runId: z.string(), at: instant, removed: z.record(z.string(), z.int().nonnegative()), keptDays: z.record(z.string(), z.int()) })),
  })
  .meta({ id: 'RetentionRuns' });
export const usageAnalyticsQuery = z.strictObject({
  month: z.string().regex(/^20\d{2}-(0[1-9]|1[0-2])$/, 'A calendar month as YYYY-MM.').meta({ description: 'Calendar month that is over, YYYY-MM.' }),
  feature: plainName.optional(),
});
export const usageAnalyticsAnswer = z
  .strictObject({ month: z.string(), items: z.array(z.strictObject({ feature: z.string(), licensees: z.int().min(5), credits: z.string(), actions: z.int() })) })
  .meta({ id: 'UsageAnalytics' });
