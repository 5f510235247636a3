import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { DisputeEntry } from '../../operations/dispute-entry.js';
import { readDisputes } from '../../postgres/reads/corrections.js';
import { reading } from '../access/reading.js';
import { callerOf, requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { bookedAnswer as booked } from '../rendering/command-answers.js';
import { disputeView } from '../rendering/correcting-views.js';
import { sendVerdict } from '../rendering/send.js';
import { bookedAnswer } from '../schemas/answers.js';
import { disputeOutcome, disputesAnswer, newDispute } from '../schemas/correcting.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Disputes')
@Controller('v1/accounts/:accountId/disputes')
export class DisputesController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly disputeEntry: DisputeEntry,
  ) {}

  @Get()
  @Operation({ id: 'listDisputes', summary: 'Disputes of entries, oldest first', answer: disputesAnswer, problems: ['account-not-found'] })
  async list(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: (await readDisputes(database, accountId)).map(disputeView) };
    });
  }

  @Post()
  @Operation({
    id: 'openDispute',
    summary: 'Record that an entry is disputed',
    description:
      'Addendum, section 7: written notice is due ten days after becoming aware; a late one is recorded as late. It is a record: what is made good is an entry of its own. A key of the account speaks for the licensee.',
    status: 201,
    answer: bookedAnswer,
    problems: ['account-closed', 'account-not-found', 'dispute-exists', 'entry-not-found'],
  })
  async open(
    @Param('accountId') accountId: string,
    @Body({ schema: newDispute }) body: z.infer<typeof newDispute>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    if (body.claimant !== 'licensee' && !callerOf(request).scopes.includes('operator')) {
      refuse('forbidden', "The account's own key claims for the licensee.", { pointer: '/claimant' });
    }
    sendVerdict(reply, await this.disputeEntry.open(accountId, body, requesterOf(request)), booked);
  }

  @Post(':disputeId/outcome')
  @Operation({
    id: 'closeDispute',
    summary: 'Record how a dispute ended',
    status: 201,
    answer: bookedAnswer,
    problems: ['account-closed', 'account-not-found', 'dispute-closed', 'dispute-not-found'],
  })
  async close(
    @Param('accountId') accountId: string,
    @Param('disputeId') disputeId: string,
    @Body({ schema: disputeOutcome }) { outcome, reason }: z.infer<typeof disputeOutcome>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.disputeEntry.close(accountId, disputeId, outcome, reason, requesterOf(request)), booked);
  }
}
