import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { OpenAccount } from '../../operations/open-account.js';
import { readAccount } from '../../postgres/reads/accounts.js';
import { reading } from '../access/reading.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { sendAnswered } from '../rendering/send.js';
import { accountView } from '../rendering/views.js';
import { accountAnswer } from '../schemas/answers.js';
import { newAccount } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Catalogue')
@Controller('v1/accounts')
export class AccountsController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly openAccount: OpenAccount,
  ) {}

  @Post()
  @Operation({
    id: 'openAccount',
    summary: 'Open an account of a licensee',
    status: 201,
    answer: accountAnswer,
    problems: ['account-exists', 'licensee-not-found'],
  })
  async open(
    @Body({ schema: newAccount }) body: z.infer<typeof newAccount>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendAnswered(reply, await this.openAccount.run(body, requesterOf(request)), accountView);
  }

  @Get(':accountId')
  @Operation({ id: 'getAccount', summary: 'Get an account and its status', answer: accountAnswer, problems: ['account-not-found'] })
  async get(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      const account = await readAccount(database, accountId);
      return account === null ? refuse('account-not-found', 'There is no such account.') : accountView(account);
    });
  }
}
