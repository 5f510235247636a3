import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { instantText } from '../../domain/calendar.js';
import { refuse } from '../../domain/errors.js';
import type { FileFormat } from '../../operations/file-lines.js';
import type { ForeignFile } from '../../operations/reconcile-file.js';
import { ReconcileSettlement } from '../../operations/reconcile-settlement.js';
import { ReconcileUsage, type CoveredTime } from '../../operations/reconcile-usage.js';
import { ReconciliationRuns } from '../../operations/reconciliation-runs.js';
import { readRun, readRuns, type ReconciliationRun } from '../../postgres/catalogue/reconciliation-runs.js';
import { callerOf, requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { parseInstant } from '../parsing/instant.js';
import { sendAnswered } from '../rendering/send.js';
import { fileReconciledAnswer, runAnswer, runsAnswer, settlementFile, settlementFileQuery, usageFile, usageFileQuery } from '../schemas/reconciling.js';
import { noFields } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Reconciliation')
@Controller('v1/reconciliations')
export class ReconciliationController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly runs: ReconciliationRuns,
    private readonly usage: ReconcileUsage,
    private readonly settlement: ReconcileSettlement,
  ) {}

  @Post()
  @Operation({
    id: 'reconcileBooks',
    summary: 'Reconcile the books: entries against balances, and payments against purchases against allocations',
    description: 'Queued; a worker carries it out, as it does every night. Differences are breaks; nothing is repaired.',
    status: 202,
    answer: runAnswer,
  })
  async request(@Body({ schema: noFields }) _body: z.infer<typeof noFields>, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    sendAnswered(reply, await this.runs.request(requesterOf(request)), runView, 202);
  }

  @Get()
  @Operation({ id: 'listReconciliations', summary: 'Runs of the reconciliation, newest first, at most 100', answer: runsAnswer })
  async list(): Promise<unknown> {
    return { items: (await readRuns(this.database)).map(runView) };
  }

  @Get(':runId')
  @Operation({ id: 'getReconciliation', summary: 'Get a run of the reconciliation', answer: runAnswer, problems: ['reconciliation-not-found'] })
  async get(@Param('runId') runId: string): Promise<unknown> {
    const run = await readRun(this.database, runId);
    return run === null ? refuse('reconciliation-not-found', 'There is no such run.') : runView(run);
  }

  @Post('usage-file')
  @ApiConsumes('text/csv')
  @Operation({
    id: 'reconcileUsageFile',
    summary: "Compare a backend's own usage file with debits and captures",
    description: 'By account and idempotency key: what is missing, twice or different on either side is a break. Nothing is repaired.',
    answer: fileReconciledAnswer,
    body: usageFile,
  })
  async usageFile(
    @Query({ schema: usageFileQuery }) { from, until, format, accountId }: z.infer<typeof usageFileQuery>,
    @Body({ schema: usageFile }) file: string,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    return this.usage.run(fileOf(file, format, request), coveredTime(from, until), accountId === undefined ? [] : [accountId]);
  }

  @Post('settlement-file')
  @ApiConsumes('text/csv')
  @Operation({
    id: 'reconcileSettlementFile',
    summary: "Compare a payment provider's settlement file with payments",
    description: "By the provider's transaction id: what is missing, twice or different on either side is a break. Nothing is repaired.",
    answer: fileReconciledAnswer,
    body: settlementFile,
  })
  async settlementFile(
    @Query({ schema: settlementFileQuery }) { from, until, format, provider }: z.infer<typeof settlementFileQuery>,
    @Body({ schema: settlementFile }) file: string,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    return this.settlement.run(fileOf(file, format, request), provider, coveredTime(from, until));
  }
}

function fileOf(file: string, format: FileFormat | undefined, request: FastifyRequest): ForeignFile {
  // eslint-disable-next-line @typescript-eslint/require-await -- a file that is here already is read like one that is on its way
  const content = (async function* () {
    yield file;
  })();
  return { content, format: format ?? 'csv', requestedBy: callerOf(request).actor };
}

function coveredTime(from: string | undefined, until: string | undefined): CoveredTime | null {
  if (from === undefined && until === undefined) return null;
  const [first, last] = [from, until].map((text) => (text === undefined ? undefined : parseInstant(text)));
  if (first === undefined || last === undefined || first > last) return refuse('invalid-request', 'Give both from and until, in this order.');
  return { from: first, until: last };
}

function runView(run: ReconciliationRun) {
  const { runId, scope, state, requestedBy, requestedAt, night, startedAt, finishedAt, report } = run;
  const at = (instant: number | null): string | null => (instant === null ? null : instantText(instant));
  return { runId, scope, state, requestedBy, requestedAt: instantText(requestedAt), night, startedAt: at(startedAt), finishedAt: at(finishedAt), report };
}
