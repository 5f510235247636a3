import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { formatCredits } from '../../domain/credits.js';
import { refuse } from '../../domain/errors.js';
import { NoticeEvidence } from '../../operations/notice-evidence.js';
import { Pseudonyms } from '../../operations/pseudonyms.js';
import { PrivacyRequests } from '../../operations/privacy-requests.js';
import { UsageAnalytics } from '../../operations/usage-analytics.js';
import { listEvidence } from '../../postgres/catalogue/evidence.js';
import { readEndUserEntries } from '../../postgres/reads/end-user-entries.js';
import { readRetentionRuns } from '../../postgres/catalogue/retention.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { entryNumber } from '../parsing/address.js';
import { endUserEntryView, evidenceView, retentionRunView } from '../rendering/privacy-views.js';
import { endUserEntriesAnswer, endUserSearch, evidenceListAnswer, evidenceOpening, openedEvidenceAnswer, retentionRunsAnswer, usageAnalyticsAnswer, usageAnalyticsQuery } from '../schemas/privacy.js';
import { DATABASE } from '../tokens.js';

const END_USER_PAGE = 200;

@ApiTags('Privacy')
@Controller('v1')
export class KeptDataController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly privacyRequests: PrivacyRequests,
    private readonly noticeEvidence: NoticeEvidence,
    private readonly usageAnalytics: UsageAnalytics,
    private readonly pseudonyms: Pseudonyms,
  ) {}

  @Delete('accounts/:accountId/entries/:seq/metadata')
  @Operation({
    id: 'eraseMetadata',
    summary: 'Erase the free metadata of an entry',
    description: 'The entry keeps a salted hash of it, which tells nothing without the salt: the chain verifies afterwards.',
    status: 204,
    problems: ['account-not-found', 'entry-not-found'],
  })
  async erase(@Param('accountId') accountId: string, @Param('seq') seq: string): Promise<void> {
    await this.privacyRequests.eraseMetadata(accountId, entryNumber(seq) ?? refuse('entry-not-found', 'The account has no such entry with metadata.'));
  }

  @Post('accounts/:accountId/end-user-entries')
  @Operation({
    id: 'findEndUserEntries',
    summary: "Entries of an end user's actions, oldest first",
    description: 'For the licensee, who answers the requests of its end users. Entries under keys that were forgotten are found no more: they belong to nobody.',
    answer: endUserEntriesAnswer,
    problems: ['account-not-found'],
  })
  async endUser(@Param('accountId') accountId: string, @Body({ schema: endUserSearch }) { endUser, after }: z.infer<typeof endUserSearch>): Promise<unknown> {
    const entries = await readEndUserEntries(this.database, accountId, this.pseudonyms.everyOne(endUser), Number(after ?? '0'), END_USER_PAGE + 1);
    const items = entries.slice(0, END_USER_PAGE);
    return { items: items.map(endUserEntryView), next: entries.length > END_USER_PAGE ? String(items.at(-1)?.seq) : null };
  }

  @Get('accounts/:accountId/evidence')
  @Operation({ id: 'listEvidence', summary: 'Sealed evidence of contractual notices, and who opened it', answer: evidenceListAnswer })
  async evidence(@Param('accountId') accountId: string): Promise<unknown> {
    return { items: (await listEvidence(this.database, accountId)).map(evidenceView) };
  }

  @Post('accounts/:accountId/evidence/:evidenceId/opening')
  @Operation({
    id: 'openEvidence',
    summary: 'Open sealed evidence, for a purpose that is put on record first',
    status: 201,
    answer: openedEvidenceAnswer,
    problems: ['evidence-not-found'],
  })
  async open(
    @Param('accountId') accountId: string,
    @Param('evidenceId') evidenceId: string,
    @Body({ schema: evidenceOpening }) { purpose }: z.infer<typeof evidenceOpening>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    return { content: await this.noticeEvidence.open(accountId, evidenceId, purpose, requesterOf(request)) };
  }

  @Get('retention-runs')
  @Operation({ id: 'listRetentionRuns', summary: 'What the retention job removed, newest run first', answer: retentionRunsAnswer })
  async retention(): Promise<unknown> {
    return { items: (await readRetentionRuns(this.database)).map(retentionRunView) };
  }

  @Get('analytics/usage')
  @Operation({
    id: 'usageAcrossLicensees',
    summary: 'Use of features across licensees in a month that is over',
    description: 's.5: no group under five licensees, none where one contributes more than half, and one fixed grouping, so that two reports cannot be subtracted.',
    answer: usageAnalyticsAnswer,
    problems: ['group-too-small'],
  })
  async analytics(@Query({ schema: usageAnalyticsQuery }) { month, feature }: z.infer<typeof usageAnalyticsQuery>): Promise<unknown> {
    const groups = await this.usageAnalytics.run(month, feature ?? null);
    return { month, items: groups.map(({ group, licensees, credits, actions }) => ({ feature: group, licensees, credits: formatCredits(credits), actions })) };
  }
}
