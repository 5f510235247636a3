import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { RefusedError, refuse } from '../../domain/errors.js';
import { SettleUnfundedUsage } from '../../operations/settle-unfunded-usage.js';
import { readUnfundedUsage, reportUnfundedUsage } from '../../postgres/reads/corrections.js';
import { reading } from '../access/reading.js';
import { callerOf, requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { entryNumber } from '../parsing/address.js';
import { existingAccount } from '../parsing/existing-account.js';
import { bookedAnswer as booked } from '../rendering/command-answers.js';
import { settlementQuoteView, unfundedView } from '../rendering/correcting-views.js';
import { sendVerdict } from '../rendering/send.js';
import { bookedAnswer } from '../schemas/answers.js';
import {
  newSettlement,
  newWaiver,
  settlementQuery,
  settlementQuoteAnswer,
  unfundedQuery,
  unfundedReportAnswer,
  unfundedUsageAnswer,
} from '../schemas/correcting.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Unfunded usage')
@Controller('v1/accounts/:accountId/unfunded-usage')
export class UnfundedUsageController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly settlement: SettleUnfundedUsage,
  ) {}

  @Get()
  @Operation({
    id: 'listUnfundedUsage',
    summary: 'Usage that no credit was there for, newest first',
    description: 'A record, never a debt (P6). At most 1,000; narrow it down by date.',
    answer: unfundedUsageAnswer,
    problems: ['account-not-found'],
  })
  async list(
    @Param('accountId') accountId: string,
    @Query({ schema: unfundedQuery }) query: z.infer<typeof unfundedQuery>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: (await readUnfundedUsage(database, accountId, query)).map(unfundedView) };
    });
  }

  @Get('report')
  @Operation({
    id: 'reportUnfundedUsage',
    summary: 'Unfunded usage per month, feature and state',
    answer: unfundedReportAnswer,
    problems: ['account-not-found'],
  })
  async report(
    @Param('accountId') accountId: string,
    @Query({ schema: unfundedQuery }) query: z.infer<typeof unfundedQuery>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: await reportUnfundedUsage(database, accountId, query) };
    });
  }

  @Get(':seq/settlement')
  @Operation({
    id: 'quoteSettlement',
    summary: 'What settling it from a later lot would take',
    description: "At that lot's own rates. Nothing is booked: confirm it with the credits shown.",
    answer: settlementQuoteAnswer,
    problems: ['account-not-found', 'exceeds-lot', 'lot-not-bought-later', 'lot-not-found', 'no-rate-for-meter', 'unfunded-usage-ended', 'unfunded-usage-not-found'],
  })
  async quote(
    @Param('accountId') accountId: string,
    @Param('seq') seq: string,
    @Query({ schema: settlementQuery }) { lotId }: z.infer<typeof settlementQuery>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    const quoted = await this.settlement.quote(accountId, seqIn(seq), lotId, callerOf(request).actor);
    if ('code' in quoted) throw new RefusedError(quoted);
    return settlementQuoteView(quoted);
  }

  @Post(':seq/settlement')
  @Operation({
    id: 'settleUnfundedUsage',
    summary: 'Settle it from a lot that was bought later',
    description: "P6: by an admin of the licensee, whole, for the credits that the quote showed. It is never a condition of access, and never happens by itself.",
    status: 201,
    answer: bookedAnswer,
    problems: [
      'account-closed',
      'account-not-found',
      'exceeds-lot',
      'lot-not-bought-later',
      'lot-not-found',
      'no-rate-for-meter',
      'settlement-changed',
      'unfunded-usage-ended',
      'unfunded-usage-not-found',
    ],
  })
  async settle(
    @Param('accountId') accountId: string,
    @Param('seq') seq: string,
    @Body({ schema: newSettlement }) body: z.infer<typeof newSettlement>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.settlement.settle(accountId, seqIn(seq), body, requesterOf(request)), booked);
  }

  @Post(':seq/waiver')
  @Operation({
    id: 'waiveUnfundedUsage',
    summary: 'Let it go, with a reason',
    status: 201,
    answer: bookedAnswer,
    problems: ['account-closed', 'account-not-found', 'unfunded-usage-ended', 'unfunded-usage-not-found'],
  })
  async waive(
    @Param('accountId') accountId: string,
    @Param('seq') seq: string,
    @Body({ schema: newWaiver }) { reason }: z.infer<typeof newWaiver>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.settlement.waive(accountId, seqIn(seq), reason, requesterOf(request)), booked);
  }
}

function seqIn(address: string): number {
  return entryNumber(address) ?? refuse('unfunded-usage-not-found', 'The account has no such unfunded usage.');
}
