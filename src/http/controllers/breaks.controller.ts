import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { ResolveBreak } from '../../operations/resolve-break.js';
import type { Answered } from '../../postgres/catalogue/answered-once.js';
import { readBreak, readBreaks, type Break } from '../../postgres/catalogue/breaks.js';
import { readBusinessTime } from '../../postgres/reads/business-time.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { breakView } from '../rendering/money-views.js';
import { sendAnswered } from '../rendering/send.js';
import { breakAnswer, breaksAnswer, breaksQuery, newOwner, newResolution } from '../schemas/money.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Breaks')
@Controller('v1/breaks')
export class BreaksController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly resolveBreak: ResolveBreak,
  ) {}

  @Get()
  @Operation({ id: 'listBreaks', summary: 'Differences that were found, oldest first, at most 500', answer: breaksAnswer })
  async list(@Query({ schema: breaksQuery }) query: z.infer<typeof breaksQuery>): Promise<unknown> {
    const { now } = await readBusinessTime(this.database);
    return { items: (await readBreaks(this.database, query)).map((found) => breakView(found, now)) };
  }

  @Get(':breakId')
  @Operation({ id: 'getBreak', summary: 'Get a break', answer: breakAnswer, problems: ['break-not-found'] })
  async get(@Param('breakId') breakId: string): Promise<unknown> {
    const { now } = await readBusinessTime(this.database);
    const found = await readBreak(this.database, breakId);
    return found === null ? refuse('break-not-found', 'There is no such break.') : breakView(found, now);
  }

  @Post(':breakId/owner')
  @Operation({ id: 'assignBreak', summary: 'Say who looks after a break', status: 201, answer: breakAnswer, problems: ['break-not-found', 'break-resolved'] })
  async assign(
    @Param('breakId') breakId: string,
    @Body({ schema: newOwner }) { owner }: z.infer<typeof newOwner>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.send(reply, await this.resolveBreak.assign(breakId, owner, requesterOf(request)));
  }

  @Post(':breakId/resolution')
  @Operation({
    id: 'resolveBreak',
    summary: 'Resolve a break',
    description: 'By a person, with a reason, once. Nothing is repaired by it: what has to be booked is booked by an act of its own.',
    status: 201,
    answer: breakAnswer,
    problems: ['break-not-found', 'break-resolved'],
  })
  async resolve(
    @Param('breakId') breakId: string,
    @Body({ schema: newResolution }) { resolution, reason }: z.infer<typeof newResolution>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.send(reply, await this.resolveBreak.resolve(breakId, resolution, reason, requesterOf(request)));
  }

  private async send(reply: FastifyReply, answered: Answered<Break>): Promise<void> {
    const { now } = await readBusinessTime(this.database);
    sendAnswered(reply, answered, (found) => breakView(found, now));
  }
}
