import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { GrantCredits } from '../../operations/grant-credits.js';
import { PlacePurchase } from '../../operations/place-purchase.js';
import { RecordPayment } from '../../operations/record-payment.js';
import { readPurchases } from '../../postgres/reads/purchases.js';
import { reading } from '../access/reading.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { parseInstant } from '../parsing/instant.js';
import { grantedAnswer as granted, paidAnswer as paid, placedAnswer as placed } from '../rendering/command-answers.js';
import { sendVerdict } from '../rendering/send.js';
import { purchaseView } from '../rendering/views.js';
import { grantedAnswer, paidAnswer, placedAnswer, purchaseAnswer, purchasesAnswer } from '../schemas/answers.js';
import { newGrant, newPayment, newPurchase } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Buying')
@Controller('v1')
export class BuyingController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly placePurchase: PlacePurchase,
    private readonly recordPayment: RecordPayment,
    private readonly grantCredits: GrantCredits,
  ) {}

  @Post('accounts/:accountId/purchases')
  @Operation({
    id: 'placePurchase',
    summary: 'Place a purchase of credits',
    description:
      "P4, P6: by an admin of the licensee's own account, at the price and rates in force now. A purchase is final. Credits are allocated once it is fully paid (P3).",
    status: 201,
    answer: placedAnswer,
    problems: ['account-not-found', 'invalid-amount', 'order-form-not-found', 'term-ended'],
  })
  async purchase(
    @Param('accountId') accountId: string,
    @Body({ schema: newPurchase }) body: z.infer<typeof newPurchase>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.placePurchase.run(accountId, body, requesterOf(request)), placed);
  }

  @Get('accounts/:accountId/purchases')
  @Operation({ id: 'listPurchases', summary: 'Purchases with their payments', answer: purchasesAnswer, problems: ['account-not-found'] })
  async listPurchases(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: (await readPurchases(database, accountId)).map(purchaseView) };
    });
  }

  @Get('accounts/:accountId/purchases/:purchaseId')
  @Operation({
    id: 'getPurchase',
    summary: 'Get a purchase with its payments',
    answer: purchaseAnswer,
    problems: ['account-not-found', 'purchase-not-found'],
  })
  async getPurchase(@Param('accountId') accountId: string, @Param('purchaseId') purchaseId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      const [found] = await readPurchases(database, accountId, purchaseId);
      return found === undefined ? refuse('purchase-not-found', 'The account has no such purchase.') : purchaseView(found);
    });
  }

  @Post('payments')
  @Operation({
    id: 'recordPayment',
    summary: 'Record money received for a purchase',
    description:
      "P3: the payment that makes a purchase fully paid (price and tax) allocates its credits in the same transaction. The provider's id is booked once: a repeat is answered as the first time, other content under it is a conflict.",
    status: 201,
    answer: paidAnswer,
    problems: [
      'account-not-found',
      'currency-mismatch',
      'invalid-amount',
      'payment-conflict',
      'payment-exceeds-price',
      'purchase-not-found',
      'purchase-not-payable',
    ],
  })
  async pay(
    @Body({ schema: newPayment }) body: z.infer<typeof newPayment>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const receivedAt = body.receivedAt === undefined ? null : (parseInstant(body.receivedAt) ?? null);
    sendVerdict(reply, await this.recordPayment.run({ ...body, receivedAt }, requesterOf(request)), paid);
  }

  @Post('accounts/:accountId/grants')
  @Operation({
    id: 'grantCredits',
    summary: 'Grant trial or promotional credits',
    status: 201,
    answer: grantedAnswer,
    problems: ['account-not-found', 'amount-out-of-range', 'invalid-amount', 'order-form-not-found', 'term-ended'],
  })
  async grant(
    @Param('accountId') accountId: string,
    @Body({ schema: newGrant }) body: z.infer<typeof newGrant>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.grantCredits.run(accountId, body, requesterOf(request)), granted);
  }
}
