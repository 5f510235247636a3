import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { addDays } from '../../domain/calendar.js';
import { refuse } from '../../domain/errors.js';
import { AccountOverview } from '../../operations/account-overview.js';
import { foldActivity, readBurn } from '../../postgres/reads/activity.js';
import { readRateVersionsOfAccount } from '../../postgres/reads/rate-cards.js';
import { reading } from '../access/reading.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { burnView, overviewView } from '../rendering/overview-view.js';
import { rateVersionView } from '../rendering/views.js';
import { rateVersionsAnswer } from '../schemas/answers.js';
import { burnAnswer, burnQuery, overviewAnswer } from '../schemas/overview.js';
import { DATABASE } from '../tokens.js';

const MOST_DAYS = 400;

@ApiTags('Web account')
@Controller('v1/accounts/:accountId')
export class OverviewController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly overview: AccountOverview,
  ) {}

  @Get('overview')
  @Operation({
    id: 'getOverview',
    summary: 'What the account has, how long it lasts, and what it buys',
    answer: overviewAnswer,
    problems: ['account-not-found'],
  })
  async get(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return overviewView(await this.overview.run(accountId, (read) => reading(this.database, request, read)));
  }

  @Get('burn')
  @Operation({
    id: 'getBurn',
    summary: 'Credits consumed by day and feature',
    description: 'Of two days and all between them, at most 400; or of so many days, of which today is the last.',
    answer: burnAnswer,
    problems: ['account-not-found', 'invalid-request'],
  })
  async burn(
    @Param('accountId') accountId: string,
    @Query({ schema: burnQuery }) asked: z.infer<typeof burnQuery>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    await reading(this.database, request, (database) => existingAccount(database, accountId));
    const { from, through } = await this.daysOf(accountId, asked);
    if (through < from || addDays(from, MOST_DAYS - 1) < through) refuse('invalid-request', 'Ask for at most 400 days, the first one first.');
    await foldActivity(this.database, accountId);
    return reading(this.database, request, async (database) => burnView(from, through, await readBurn(database, accountId, from, through)));
  }

  private async daysOf(accountId: string, { from, through, days }: z.infer<typeof burnQuery>): Promise<{ from: string; through: string }> {
    if (from !== undefined && through !== undefined) return { from, through };
    const today = await this.overview.today(accountId);
    return { from: addDays(today, 1 - Number(days)), through: today };
  }

  @Get('rate-versions')
  @Operation({
    id: 'listAccountRateVersions',
    summary: 'Rate versions that concern the account',
    description: 'Those that its lots and order forms name, and those that it was told of.',
    answer: rateVersionsAnswer,
    problems: ['account-not-found'],
  })
  async rateVersions(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: (await readRateVersionsOfAccount(database, accountId)).map(rateVersionView) };
    });
  }
}
