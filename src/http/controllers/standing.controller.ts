import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { RunDueWork } from '../../operations/run-due-work.js';
import { SuspendAccount } from '../../operations/suspend-account.js';
import { readAccess, type AccountAccess } from '../../postgres/reads/access.js';
import { reading } from '../access/reading.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { bookedAnswer as booked } from '../rendering/command-answers.js';
import { accessView } from '../rendering/holding-views.js';
import { sendJson, sendVerdict } from '../rendering/send.js';
import { bookedAnswer } from '../schemas/answers.js';
import { accessAnswer, accessQuery, newSuspension, statusReason } from '../schemas/holding.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Standing')
@Controller('v1/accounts/:accountId')
export class StandingController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly suspendAccount: SuspendAccount,
    private readonly runDueWork: RunDueWork,
  ) {}

  @Get('access')
  @Operation({
    id: 'getAccess',
    summary: 'May this feature be used now?',
    description: 'For backends that ask before they begin, from one indexed read. It promises nothing: the debit or the hold decides.',
    answer: accessAnswer,
    problems: ['account-not-found'],
  })
  async access(
    @Param('accountId') accountId: string,
    @Query({ schema: accessQuery }) { feature }: z.infer<typeof accessQuery>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendJson(reply, 200, accessView(accountId, feature, await this.upToDate(accountId, request)));
  }

  @Post('suspension')
  @Operation({
    id: 'suspendAccount',
    summary: 'Suspend an account for another reason than credits',
    description: 'With a reference. Only an operator ends it.',
    status: 201,
    answer: bookedAnswer,
    problems: ['account-closed', 'account-not-found'],
  })
  async suspend(
    @Param('accountId') accountId: string,
    @Body({ schema: newSuspension }) body: z.infer<typeof newSuspension>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const suspension = { reason: body.reason, reference: body.reference, cutsOffRunningWork: body.cutsOffRunningWork ?? false };
    sendVerdict(reply, await this.suspendAccount.suspend(accountId, suspension, requesterOf(request)), booked);
  }

  @Post('resumption')
  @Operation({
    id: 'resumeAccount',
    summary: "End an operator's suspension",
    status: 201,
    answer: bookedAnswer,
    problems: ['account-closed', 'account-not-found', 'not-suspended'],
  })
  async resume(
    @Param('accountId') accountId: string,
    @Body({ schema: statusReason }) { reason }: z.infer<typeof statusReason>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.suspendAccount.resume(accountId, reason, requesterOf(request)), booked);
  }

  @Post('closure')
  @Operation({
    id: 'closeAccount',
    summary: 'Close an account for good',
    description: 'It answers replays and reads; all else is refused from then on.',
    status: 201,
    answer: bookedAnswer,
    problems: ['account-closed', 'account-not-found'],
  })
  async close(
    @Param('accountId') accountId: string,
    @Body({ schema: statusReason }) { reason }: z.infer<typeof statusReason>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.suspendAccount.close(accountId, reason, requesterOf(request)), booked);
  }

  /** Where something is due that the row does not show yet, it is booked first. */
  private async upToDate(accountId: string, request: FastifyRequest): Promise<AccountAccess> {
    const read = (): Promise<AccountAccess | null> => reading(this.database, request, (database) => readAccess(database, accountId));
    const access = (await read()) ?? refuse('account-not-found', 'There is no such account.');
    if (!access.dueNow) return access;
    await this.runDueWork.touch(accountId);
    return (await read()) ?? access;
  }
}
