import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { instantText } from '../../domain/calendar.js';
import { AccountingPeriods } from '../../operations/accounting-periods.js';
import { readBusinessTime } from '../../postgres/reads/business-time.js';
import { readPeriods } from '../../postgres/reads/periods.js';
import { reading } from '../access/reading.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { bookedAnswer as booked } from '../rendering/command-answers.js';
import { actView } from '../rendering/correcting-views.js';
import { sendAnswered, sendVerdict } from '../rendering/send.js';
import { bookedAnswer } from '../schemas/answers.js';
import { closedBooksAnswer, newPeriodClosing, newPeriodReopening, periodsAnswer } from '../schemas/books.js';
import { actAnswer } from '../schemas/correcting.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Books')
@Controller('v1')
export class PeriodsController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly periods: AccountingPeriods,
  ) {}

  @Get('accounts/:accountId/periods')
  @Operation({
    id: 'listPeriods',
    summary: 'Accounting periods, oldest first; the last one is open',
    description: 'Until one is closed, the open one began with the Term.',
    answer: periodsAnswer,
    problems: ['account-not-found'],
  })
  async list(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    const periods = await reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return readPeriods(database, accountId);
    });
    const items = periods.map(({ from, through, closed }) => ({
      from,
      through,
      state: closed === null ? 'open' : 'closed',
      closedSeq: closed?.seq ?? null,
      closedAt: closed === null ? null : instantText(closed.at),
    }));
    return { items };
  }

  @Post('accounts/:accountId/periods/closure')
  @Operation({
    id: 'closePeriod',
    summary: 'Close the accounting period of an account',
    description: 'What happened in it and comes later is booked to the open period, and says so in `detail.lateFor`.',
    status: 201,
    answer: bookedAnswer,
    problems: ['account-not-found', 'order-form-not-found', 'period-closed', 'period-not-over'],
  })
  async close(
    @Param('accountId') accountId: string,
    @Body({ schema: newPeriodClosing }) { through }: z.infer<typeof newPeriodClosing>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.periods.close(accountId, through, requesterOf(request)), booked);
  }

  @Post('periods/closure')
  @Operation({
    id: 'closeBooks',
    summary: 'Close the accounting period of every account',
    description: 'One account after another; asked for again under the same key, it goes on where it was. Accounts that cannot be closed are left, and counted.',
    answer: closedBooksAnswer,
  })
  closeAll(@Body({ schema: newPeriodClosing }) { through }: z.infer<typeof newPeriodClosing>, @Req() request: FastifyRequest): Promise<unknown> {
    return this.periods.closeAll(through, requesterOf(request));
  }

  @Post('accounts/:accountId/periods/reopening')
  @Operation({
    id: 'reopenPeriod',
    summary: 'Reopen a closed period, and those after it',
    description: 'Answered with 202: another operator has to confirm, and nothing is booked until then.',
    status: 201,
    answer: bookedAnswer,
    pending: actAnswer,
    problems: ['account-not-found', 'period-not-found'],
  })
  async reopen(
    @Param('accountId') accountId: string,
    @Body({ schema: newPeriodReopening }) body: z.infer<typeof newPeriodReopening>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const outcome = await this.periods.reopen(accountId, body, requesterOf(request));
    if (!('pending' in outcome)) {
      sendVerdict(reply, outcome, booked);
      return;
    }
    const { now } = await readBusinessTime(this.database);
    sendAnswered(reply, outcome.pending, (act) => actView(act, now), 202);
  }
}
