import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { PublishPrice } from '../../operations/publish-price.js';
import { readPrices } from '../../postgres/catalogue/prices.js';
import { rateCardExists } from '../../postgres/reads/rate-cards.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { priceView } from '../rendering/money-views.js';
import { sendAnswered } from '../rendering/send.js';
import { newPrice, priceAnswer, pricesAnswer } from '../schemas/money.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Prices')
@Controller('v1/rate-cards/:cardId/prices')
export class PricesController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly publishPrice: PublishPrice,
  ) {}

  @Post()
  @Operation({
    id: 'publishPrice',
    summary: 'Publish the next version of a price',
    description:
      'P4: what a credit costs from a day on, in a currency, where the order form does not keep its own price. The day is at least two days ahead in UTC, so that what was current at an instant never changes afterwards.',
    status: 201,
    answer: priceAnswer,
    problems: ['invalid-amount', 'price-too-soon', 'rate-card-not-found'],
  })
  async publish(
    @Param('cardId') cardId: string,
    @Body({ schema: newPrice }) body: z.infer<typeof newPrice>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendAnswered(reply, await this.publishPrice.run(cardId, body, requesterOf(request)), priceView);
  }

  @Get()
  @Operation({ id: 'listPrices', summary: 'All versions of the prices of a card', answer: pricesAnswer, problems: ['rate-card-not-found'] })
  async list(@Param('cardId') cardId: string): Promise<unknown> {
    if (!(await rateCardExists(this.database, cardId))) refuse('rate-card-not-found', 'There is no such rate card.');
    return { items: (await readPrices(this.database, cardId)).map(priceView) };
  }
}
