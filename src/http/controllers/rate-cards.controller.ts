import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { CreateRateCard } from '../../operations/create-rate-card.js';
import { DraftRateVersion } from '../../operations/draft-rate-version.js';
import { PublishRateVersion } from '../../operations/publish-rate-version.js';
import { WithdrawRateVersion } from '../../operations/withdraw-rate-version.js';
import { readNoticeForAccounts } from '../../postgres/reads/notices-of-version.js';
import { readRateCard, readRateCards, readRateVersion, readRateVersions, rateCardExists } from '../../postgres/reads/rate-cards.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { positiveInteger } from '../parsing/address.js';
import { sendAnswered } from '../rendering/send.js';
import { noticeForAccountView } from '../rendering/desk-views.js';
import { rateCardView, rateVersionView } from '../rendering/views.js';
import { rateCardAnswer, rateVersionAnswer, rateVersionsAnswer } from '../schemas/answers.js';
import { noticesOfVersionAnswer, rateCardsAnswer } from '../schemas/desk.js';
import { withReason } from '../schemas/money.js';
import { newRateCard, newRateVersion, publication } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Rates')
@Controller('v1/rate-cards')
export class RateCardsController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly createRateCard: CreateRateCard,
    private readonly draftRateVersion: DraftRateVersion,
    private readonly publishRateVersion: PublishRateVersion,
    private readonly withdrawRateVersion: WithdrawRateVersion,
  ) {}

  @Post()
  @Operation({ id: 'createRateCard', summary: 'Create a rate card', status: 201, answer: rateCardAnswer, problems: ['rate-card-exists'] })
  async create(
    @Body({ schema: newRateCard }) body: z.infer<typeof newRateCard>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendAnswered(reply, await this.createRateCard.run(body, requesterOf(request)), rateCardView);
  }

  @Get()
  @Operation({ id: 'listRateCards', summary: 'All rate cards, with the numbers of their versions', answer: rateCardsAnswer })
  async listCards(): Promise<unknown> {
    return { items: (await readRateCards(this.database)).map(rateCardView) };
  }

  @Get(':cardId')
  @Operation({ id: 'getRateCard', summary: 'Get a rate card', answer: rateCardAnswer, problems: ['rate-card-not-found'] })
  async get(@Param('cardId') cardId: string): Promise<unknown> {
    const card = await readRateCard(this.database, cardId);
    return card === null ? noSuchCard() : rateCardView(card);
  }

  @Post(':cardId/versions')
  @Operation({
    id: 'draftRateVersion',
    summary: 'Draft the next version of a rate card',
    description: 'A version is immutable from the start. It gets the next number of its card.',
    status: 201,
    answer: rateVersionAnswer,
    problems: ['invalid-amount', 'rate-card-not-found', 'rate-rounds-to-zero'],
  })
  async draft(
    @Param('cardId') cardId: string,
    @Body({ schema: newRateVersion }) body: z.infer<typeof newRateVersion>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendAnswered(reply, await this.draftRateVersion.run(cardId, body, requesterOf(request)), rateVersionView);
  }

  @Get(':cardId/versions')
  @Operation({ id: 'listRateVersions', summary: 'All versions of a rate card', answer: rateVersionsAnswer, problems: ['rate-card-not-found'] })
  async list(@Param('cardId') cardId: string): Promise<unknown> {
    if (!(await rateCardExists(this.database, cardId))) noSuchCard();
    return { items: (await readRateVersions(this.database, cardId)).map(rateVersionView) };
  }

  @Get(':cardId/versions/:version')
  @Operation({ id: 'getRateVersion', summary: 'Get a version of a rate card', answer: rateVersionAnswer, problems: ['rate-version-not-found'] })
  async getVersion(@Param('cardId') cardId: string, @Param('version') version: string): Promise<unknown> {
    const number = positiveInteger(version);
    const stored = number === null ? null : await readRateVersion(this.database, cardId, number);
    return stored === null ? noSuchVersion() : rateVersionView(stored);
  }

  @Get(':cardId/versions/:version/notices')
  @Operation({
    id: 'listNoticesOfVersion',
    summary: 'How far the notice of a version has come for each account that it concerns',
    description: 'P2: the thirty days of an account begin with the delivery to its own licensee.',
    answer: noticesOfVersionAnswer,
    problems: ['rate-version-not-found'],
  })
  async notices(@Param('cardId') cardId: string, @Param('version') version: string): Promise<unknown> {
    const number = positiveInteger(version) ?? noSuchVersion();
    if ((await readRateVersion(this.database, cardId, number)) === null) noSuchVersion();
    const { counts, items } = await readNoticeForAccounts(this.database, cardId, number);
    return { counts, items: items.map(noticeForAccountView) };
  }

  @Post(':cardId/versions/:version/publish')
  @Operation({
    id: 'publishRateVersion',
    summary: 'Publish a version and tell every account it concerns',
    description:
      'P2: each account with an older version of the card gets a notice, and its 30 days begin when it is delivered. Refused where the effective date leaves an account less. Publishing again, in the same words, tells whoever is left.',
    status: 201,
    answer: rateVersionAnswer,
    problems: ['notice-period-too-short', 'rate-version-not-found', 'rate-version-withdrawn'],
  })
  async publish(
    @Param('cardId') cardId: string,
    @Param('version') version: string,
    @Body({ schema: publication }) body: z.infer<typeof publication>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const number = positiveInteger(version) ?? noSuchVersion();
    sendAnswered(reply, await this.publishRateVersion.run(cardId, number, body.text, requesterOf(request)), rateVersionView);
  }

  @Post(':cardId/versions/:version/withdraw')
  @Operation({
    id: 'withdrawRateVersion',
    summary: 'Withdraw a published version that is not in force for anybody',
    description:
      'Every account that was told of it is told so, by an entry of its own. Once the version has reached an account, or an order form was signed at it, it stays: what comes after it is a further version. The same request again tells whoever is left.',
    status: 201,
    answer: rateVersionAnswer,
    problems: ['rate-version-in-force', 'rate-version-not-found', 'rate-version-not-published', 'rate-version-withdrawn'],
  })
  async withdraw(
    @Param('cardId') cardId: string,
    @Param('version') version: string,
    @Body({ schema: withReason }) { reason }: z.infer<typeof withReason>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const number = positiveInteger(version) ?? noSuchVersion();
    sendAnswered(reply, await this.withdrawRateVersion.run(cardId, number, reason, requesterOf(request)), rateVersionView);
  }
}

function noSuchCard(): never {
  return refuse('rate-card-not-found', 'There is no such rate card.');
}

function noSuchVersion(): never {
  return refuse('rate-version-not-found', 'The rate card has no such version.');
}
