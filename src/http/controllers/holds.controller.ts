import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { RefusedError, refuse } from '../../domain/errors.js';
import { parseUsage, type Usage } from '../../domain/usage.js';
import { EndHold } from '../../operations/end-hold.js';
import { PlaceHoldOnCredits, type HoldRequest } from '../../operations/place-hold.js';
import { readHold, readHoldPage } from '../../postgres/reads/holds.js';
import { reading } from '../access/reading.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { sendProblem } from '../problems/problem.js';
import { bookedAnswer as booked } from '../rendering/command-answers.js';
import { holdPlacedAnswer as placed, holdQuoteView, holdView } from '../rendering/holding-views.js';
import { sendJson, sendVerdict } from '../rendering/send.js';
import { bookedAnswer } from '../schemas/answers.js';
import { holdAnswer, holdExtension, holdPlacedAnswer, holdQuoteAnswer, holdsAnswer, holdsQuery, newCapture, newHold } from '../schemas/holding.js';
import { noFields } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

const PROBLEMS_OF_HOLDS = [
  'account-closed',
  'account-not-found',
  'account-suspended',
  'feature-not-ordered',
  'hold-exists',
  'insufficient-credits',
  'no-rate-for-meter',
  'quantity-too-large',
  'term-ended',
] as const;
const PROBLEMS_OF_ENDS = ['account-closed', 'account-not-found', 'hold-finalized', 'hold-not-found'] as const;

@ApiTags('Holds')
@Controller('v1/accounts/:accountId/holds')
export class HoldsController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly placeHold: PlaceHoldOnCredits,
    private readonly endHold: EndHold,
  ) {}

  @Post()
  @Operation({
    id: 'placeHold',
    summary: 'Set credits aside for an action under way',
    description: 'All or nothing. Lots and rates are those of this moment. Without an end it expires by itself and gives its credits back.',
    status: 201,
    answer: holdPlacedAnswer,
    problems: PROBLEMS_OF_HOLDS,
  })
  async place(
    @Param('accountId') accountId: string,
    @Body({ schema: newHold }) body: z.infer<typeof newHold>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.placeHold.run(accountId, holdOf(body), requesterOf(request)), placed);
  }

  @Post('quote')
  @Operation({
    id: 'quoteHold',
    summary: 'What a hold would set aside',
    description: 'A dry run: nothing is set aside and no status changes. Refused where the hold would be.',
    answer: holdQuoteAnswer,
    problems: PROBLEMS_OF_HOLDS,
  })
  async quote(
    @Param('accountId') accountId: string,
    @Body({ schema: newHold }) body: z.infer<typeof newHold>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const quoted = await this.placeHold.dryRun(accountId, holdOf(body), { ...requesterOf(request), idempotencyKey: 'quote' });
    if ('code' in quoted) sendProblem(reply, quoted);
    else sendJson(reply, 200, holdQuoteView(quoted));
  }

  @Get()
  @Operation({ id: 'listHolds', summary: 'Holds by id', answer: holdsAnswer, problems: ['account-not-found'] })
  async list(
    @Param('accountId') accountId: string,
    @Query({ schema: holdsQuery }) query: z.infer<typeof holdsQuery>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      const page = { accountId, after: query.after ?? '', limit: Number(query.limit ?? '50'), state: query.state ?? null };
      return { items: (await readHoldPage(database, page)).map(holdView) };
    });
  }

  @Get(':holdId')
  @Operation({ id: 'getHold', summary: 'Get a hold', answer: holdAnswer, problems: ['account-not-found', 'hold-not-found'] })
  async get(@Param('accountId') accountId: string, @Param('holdId') holdId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return holdView((await readHold(database, accountId, holdId)) ?? refuse('hold-not-found', 'This account has no such hold.'));
    });
  }

  @Post(':holdId/captures')
  @Operation({
    id: 'captureHold',
    summary: 'Turn credits of a hold into a debit',
    description:
      'With the usage of this part. More than was held is drawn from what is available, and what is not there is unfunded. After expiry it is still taken, once.',
    status: 201,
    answer: bookedAnswer,
    problems: [...PROBLEMS_OF_ENDS, 'account-suspended', 'no-rate-for-meter'],
  })
  async capture(
    @Param('accountId') accountId: string,
    @Param('holdId') holdId: string,
    @Body({ schema: newCapture }) body: z.infer<typeof newCapture>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const part = { usage: usageOf(body.usage), final: body.final ?? true };
    sendVerdict(reply, await this.endHold.capture(accountId, holdId, part, requesterOf(request)), booked);
  }

  @Post(':holdId/release')
  @Operation({ id: 'releaseHold', summary: 'Give the credits of a hold back', status: 201, answer: bookedAnswer, problems: PROBLEMS_OF_ENDS })
  async release(
    @Param('accountId') accountId: string,
    @Param('holdId') holdId: string,
    @Body({ schema: noFields }) _body: z.infer<typeof noFields>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.endHold.release(accountId, holdId, requesterOf(request)), booked);
  }

  @Post(':holdId/extend')
  @Operation({
    id: 'extendHold',
    summary: 'Keep a hold longer',
    description: 'At most 24 hours from now, and 7 days after it was placed.',
    status: 201,
    answer: bookedAnswer,
    problems: [...PROBLEMS_OF_ENDS, 'hold-extension-out-of-range'],
  })
  async extend(
    @Param('accountId') accountId: string,
    @Param('holdId') holdId: string,
    @Body({ schema: holdExtension }) body: z.infer<typeof holdExtension>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.endHold.extend(accountId, holdId, Number(body.ttlSeconds) * 1_000, requesterOf(request)), booked);
  }
}

function holdOf({ holdId, feature, usage, credits, ttlSeconds, maxCapture }: z.infer<typeof newHold>): HoldRequest {
  return {
    holdId,
    feature,
    usage: usage === undefined ? null : usageOf(usage),
    credits: credits ?? null,
    ttlMs: ttlSeconds === undefined ? null : Number(ttlSeconds) * 1_000,
    maxCapture: maxCapture ?? null,
  };
}

function usageOf(raw: Readonly<Record<string, string>>): Usage {
  const usage = parseUsage(raw, '/usage');
  if ('code' in usage) throw new RefusedError(usage);
  return usage;
}
