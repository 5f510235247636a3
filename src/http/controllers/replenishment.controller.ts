import { Body, Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { instantText } from '../../domain/calendar.js';
import { ReplenishmentRules } from '../../operations/replenishment-rules.js';
import { ResolveProposal } from '../../operations/resolve-proposal.js';
import { readProposals, readRules, type PurchaseProposal, type ReplenishmentRule } from '../../postgres/catalogue/proposals.js';
import { reading } from '../access/reading.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { placedAnswer as placed } from '../rendering/command-answers.js';
import { sendAnswered, sendVerdict } from '../rendering/send.js';
import { placedAnswer } from '../schemas/answers.js';
import {
  newReplenishmentRule,
  proposalAnswer,
  proposalsAnswer,
  replenishmentRuleAnswer,
  replenishmentRulesAnswer,
} from '../schemas/replenishment.js';
import { noFields } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Replenishment')
@Controller('v1/accounts/:accountId')
export class ReplenishmentController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly rules: ReplenishmentRules,
    private readonly resolveProposal: ResolveProposal,
  ) {}

  @Post('replenishment-rules')
  @Operation({
    id: 'createReplenishmentRule',
    summary: 'Have a draft purchase prepared when the balance is low',
    description: 'P5, P6: it prepares a draft and stops there. Nothing is bought until an admin confirms the draft.',
    status: 201,
    answer: replenishmentRuleAnswer,
    problems: ['account-not-found', 'invalid-amount'],
  })
  async create(
    @Param('accountId') accountId: string,
    @Body({ schema: newReplenishmentRule }) body: z.infer<typeof newReplenishmentRule>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendAnswered(reply, await this.rules.create(accountId, body, requesterOf(request)), ruleView);
  }

  @Get('replenishment-rules')
  @Operation({ id: 'listReplenishmentRules', summary: 'Rules in force', answer: replenishmentRulesAnswer, problems: ['account-not-found'] })
  async list(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: (await readRules(database, accountId)).map(ruleView) };
    });
  }

  @Delete('replenishment-rules/:ruleId')
  @Operation({ id: 'endReplenishmentRule', summary: 'End a rule', status: 204, problems: ['account-not-found', 'rule-not-found'] })
  async end(@Param('accountId') accountId: string, @Param('ruleId') ruleId: string): Promise<void> {
    await existingAccount(this.database, accountId);
    await this.rules.end(accountId, ruleId);
  }

  @Get('proposals')
  @Operation({ id: 'listProposals', summary: 'Draft purchases and what became of them', answer: proposalsAnswer, problems: ['account-not-found'] })
  async proposals(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: (await readProposals(database, accountId)).map(proposalView) };
    });
  }

  @Post('proposals/:proposalId/confirm')
  @Operation({
    id: 'confirmProposal',
    summary: 'Buy what a draft proposes',
    description: "P6: an admin's own act, at the price and rates of now. Confirmed twice, it is bought once.",
    status: 201,
    answer: placedAnswer,
    problems: ['account-closed', 'account-not-found', 'price-rounds-to-zero', 'proposal-not-found', 'proposal-resolved', 'term-ended'],
  })
  async confirm(
    @Param('accountId') accountId: string,
    @Param('proposalId') proposalId: string,
    @Body({ schema: noFields }) _body: z.infer<typeof noFields>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.resolveProposal.confirm(accountId, proposalId, requesterOf(request)), placed);
  }

  @Post('proposals/:proposalId/discard')
  @Operation({
    id: 'discardProposal',
    summary: 'Discard a draft',
    status: 201,
    answer: proposalAnswer,
    problems: ['account-not-found', 'proposal-not-found', 'proposal-resolved'],
  })
  async discard(
    @Param('accountId') accountId: string,
    @Param('proposalId') proposalId: string,
    @Body({ schema: noFields }) _body: z.infer<typeof noFields>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const proposal = await this.resolveProposal.discard(accountId, proposalId, requesterOf(request));
    sendAnswered(reply, { answer: proposal, replayed: false }, proposalView);
  }
}

function ruleView({ ruleId, balanceAt, credits, createdAt }: ReplenishmentRule): unknown {
  return { ruleId, balanceAt, credits, createdAt: instantText(createdAt) };
}

function proposalView(proposal: PurchaseProposal): unknown {
  const { proposalId, ruleId, credits, balance, state, createdAt, resolvedAt, purchaseId } = proposal;
  return {
    proposalId,
    ruleId,
    credits,
    balance,
    state,
    createdAt: instantText(createdAt),
    resolvedAt: resolvedAt === null ? null : instantText(resolvedAt),
    purchaseId,
  };
}
