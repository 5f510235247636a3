import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { amount, formatCredits } from '../../domain/credits.js';
import { refuse } from '../../domain/errors.js';
import { OpenAccount } from '../../operations/open-account.js';
import { readAccount, readAccountPage } from '../../postgres/reads/accounts.js';
import { reading } from '../access/reading.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { sendAnswered } from '../rendering/send.js';
import { accountView } from '../rendering/views.js';
import { accountAnswer, accountsAnswer } from '../schemas/answers.js';
import { accountsQuery, newAccount } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

const PAGE = 50;

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

  @Get()
  @Operation({ id: 'listAccounts', summary: 'Accounts of all licensees, by id', description: 'Or those whose id, licensee or order form has a text in it.', answer: accountsAnswer })
  async list(@Query({ schema: accountsQuery }) { search, cursor }: z.infer<typeof accountsQuery>): Promise<unknown> {
    const accounts = await readAccountPage(this.database, search ?? null, cursor ?? '', PAGE + 1);
    const last = accounts.length > PAGE ? accounts[PAGE - 1] : undefined;
    return {
      items: accounts.slice(0, PAGE).map((account) => ({
        ...accountView(account),
        legalName: account.legalName,
        balance: formatCredits(amount(account.available).add(account.held)),
      })),
      nextCursor: last?.accountId ?? null,
    };
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
