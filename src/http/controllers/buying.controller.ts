import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { CompletePayment } from '../../operations/complete-payment.js';
import { GrantCredits } from '../../operations/grant-credits.js';
import { PlacePurchase } from '../../operations/place-purchase.js';
import { QuotePurchase } from '../../operations/quote-purchase.js';
import { VoidPurchase } from '../../operations/void-purchase.js';
import { readQuote } from '../../postgres/catalogue/quotes.js';
import { readPurchases } from '../../postgres/reads/purchases.js';
import { reading } from '../access/reading.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { grantedAnswer as granted, placedAnswer as placed } from '../rendering/command-answers.js';
import { completedAnswer as completed, purchaseQuoteView, voidedAnswer as voided } from '../rendering/money-views.js';
import { sendAnswered, sendVerdict } from '../rendering/send.js';
import { purchaseView } from '../rendering/views.js';
import { grantedAnswer, placedAnswer, purchaseAnswer, purchasesAnswer } from '../schemas/answers.js';
import { completedAnswer, newWithholding, purchaseQuoteAnswer, voidedAnswer, withReason } from '../schemas/money.js';
import { newGrant, newPurchase, newPurchaseQuote } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

const PROBLEMS_OF_PURCHASES = ['account-closed', 'account-not-found', 'payment-not-received', 'purchase-not-found', 'purchase-not-payable'] as const;

@ApiTags('Buying')
@Controller('v1')
export class BuyingController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly placePurchase: PlacePurchase,
    private readonly quotePurchase: QuotePurchase,
    private readonly voidPurchase: VoidPurchase,
    private readonly completePayment: CompletePayment,
    private readonly grantCredits: GrantCredits,
  ) {}

  @Post('accounts/:accountId/purchase-quotes')
  @Operation({
    id: 'quotePurchase',
    summary: 'Ask what credits would cost',
    description: 'P4: at the price and rates in force now, kept for 24 hours. What is placed by the quote is exactly this, or nothing: a stale quote is refused, never repriced.',
    status: 201,
    answer: purchaseQuoteAnswer,
    problems: ['account-closed', 'account-not-found', 'invalid-amount', 'order-form-not-found', 'price-rounds-to-zero', 'term-ended'],
  })
  async quote(
    @Param('accountId') accountId: string,
    @Body({ schema: newPurchaseQuote }) body: z.infer<typeof newPurchaseQuote>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendAnswered(reply, await this.quotePurchase.run(accountId, body, requesterOf(request)), purchaseQuoteView);
  }

  @Get('accounts/:accountId/purchase-quotes/:quoteId')
  @Operation({ id: 'getPurchaseQuote', summary: 'Get a quote', answer: purchaseQuoteAnswer, problems: ['account-not-found', 'quote-not-found'] })
  async getQuote(@Param('accountId') accountId: string, @Param('quoteId') quoteId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      const quote = await readQuote(database, accountId, quoteId);
      return quote === null ? refuse('quote-not-found', 'This account has no such quote.') : purchaseQuoteView(quote);
    });
  }

  @Post('accounts/:accountId/purchases')
  @Operation({
    id: 'placePurchase',
    summary: 'Place a purchase of credits',
    description:
      "P4, P6: by an admin of the licensee's own account, at the price and rates in force now, or exactly as a quote has it. A purchase is final. Credits are allocated once it is fully paid (P3).",
    status: 201,
    answer: placedAnswer,
    problems: [
      'account-closed',
      'account-not-found',
      'invalid-amount',
      'order-form-not-found',
      'price-rounds-to-zero',
      'purchase-exists',
      'quote-expired',
      'quote-not-found',
      'term-ended',
    ],
  })
  async purchase(
    @Param('accountId') accountId: string,
    @Body({ schema: newPurchase }) { credits = '0', orderFormId, quoteId }: z.infer<typeof newPurchase>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const requester = requesterOf(request);
    const { placePurchase } = this;
    sendVerdict(
      reply,
      quoteId === undefined ? await placePurchase.run(accountId, { credits, orderFormId }, requester) : await placePurchase.byQuote(accountId, quoteId, requester),
      placed,
    );
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

  @Post('accounts/:accountId/purchases/:purchaseId/void')
  @Operation({
    id: 'voidPurchase',
    summary: 'Void a purchase for which nothing was received',
    description: 'P4: once anything was received a purchase is final.',
    status: 201,
    answer: voidedAnswer,
    problems: ['account-closed', 'account-not-found', 'purchase-final', 'purchase-not-found', 'purchase-not-payable'],
  })
  async voidIt(
    @Param('accountId') accountId: string,
    @Param('purchaseId') purchaseId: string,
    @Body({ schema: withReason }) { reason }: z.infer<typeof withReason>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.voidPurchase.run(accountId, purchaseId, reason, requesterOf(request)), voided);
  }

  @Post('accounts/:accountId/purchases/:purchaseId/withholding')
  @Operation({
    id: 'recordWithholding',
    summary: 'Record tax that was withheld under a certificate',
    description: 'It counts as paid. It cannot be all that is due: credits are allocated for money (P3).',
    status: 201,
    answer: completedAnswer,
    problems: [...PROBLEMS_OF_PURCHASES, 'currency-mismatch', 'invalid-amount'],
  })
  async withhold(
    @Param('accountId') accountId: string,
    @Param('purchaseId') purchaseId: string,
    @Body({ schema: newWithholding }) body: z.infer<typeof newWithholding>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.completePayment.recordWithholding(accountId, purchaseId, body, requesterOf(request)), completed);
  }

  @Post('accounts/:accountId/purchases/:purchaseId/write-off')
  @Operation({
    id: 'writeOffShortfall',
    summary: 'Let go of what is missing',
    description: "Within the order form's tolerance, with a reason; the purchase is paid then, and its credits are allocated.",
    status: 201,
    answer: completedAnswer,
    problems: [...PROBLEMS_OF_PURCHASES, 'shortfall-exceeds-tolerance'],
  })
  async writeOff(
    @Param('accountId') accountId: string,
    @Param('purchaseId') purchaseId: string,
    @Body({ schema: withReason }) { reason }: z.infer<typeof withReason>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.completePayment.writeOff(accountId, purchaseId, reason, requesterOf(request)), completed);
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
