import { Body, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { AdvanceBusinessClock, type Advance } from '../../operations/advance-business-clock.js';
import { readBusinessTime } from '../../postgres/reads/business-time.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { parseInstant } from '../parsing/instant.js';
import { sendAnswered } from '../rendering/send.js';
import { clockView } from '../rendering/views.js';
import { clockAnswer } from '../schemas/answers.js';
import { clockAdvance } from '../schemas/requests.js';
import { DATABASE, SANDBOX } from '../tokens.js';

@ApiTags('Clock')
@Controller('v1/clock')
export class ClockController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    @Inject(SANDBOX) private readonly sandbox: boolean,
    private readonly advanceBusinessClock: AdvanceBusinessClock,
  ) {}

  @Get()
  @Operation({ id: 'getClock', summary: 'Business time, which rules the contract', answer: clockAnswer })
  async get(): Promise<unknown> {
    return clockView(await readBusinessTime(this.database), this.sandbox);
  }

  @Post('advance')
  @Operation({
    id: 'advanceClock',
    summary: "Advance a sandbox's business time",
    description: 'Never back. Name the instant, or the days of 24 hours.',
    status: 201,
    answer: clockAnswer,
    problems: ['business-clock-not-advanceable'],
  })
  async advance(
    @Body({ schema: clockAdvance }) body: z.infer<typeof clockAdvance>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const answered = await this.advanceBusinessClock.run(advanceOf(body), requesterOf(request));
    sendAnswered(reply, answered, (time) => clockView(time, this.sandbox));
  }
}

function advanceOf({ to, byDays }: z.infer<typeof clockAdvance>): Advance {
  return to === undefined ? { byDays: Number(byDays) } : { to: parseInstant(to) ?? 0 };
}
