import { Body, Controller, Headers, HttpStatus, Inject, Post, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { TakeStripeEvent } from '../../operations/take-stripe-event.js';
import { Operation } from '../openapi/operation.js';
import type { StripeVerifier } from '../parsing/stripe-event.js';
import { PROBLEMS } from '../problems/problem-table.js';
import { sendProblem } from '../problems/problem.js';
import { sendJson } from '../rendering/send.js';
import { stripeEventBody, stripeOutcomeAnswer } from '../schemas/money.js';
import { STRIPE_VERIFIER } from '../tokens.js';

@ApiTags('Payments')
@Controller('v1/payment-providers/stripe')
export class StripeController {
  constructor(
    @Inject(STRIPE_VERIFIER) private readonly verify: StripeVerifier,
    private readonly takeStripeEvent: TakeStripeEvent,
  ) {}

  @Post('events')
  @Operation({
    id: 'takeStripeEvent',
    summary: "Stripe's webhook",
    description:
      'Needs no key: the Stripe-Signature header is verified over the bytes of the body. payment_intent.succeeded is a payment, of the purchase that its metadata accountId and purchaseId name; charge.succeeded one without an intent; charge.refunded and charge.dispute.funds_withdrawn are reversals; charge.dispute.funds_reinstated is a break for finance. Everything else is ignored. What is delivered again, or in another order, does no harm.',
    answer: stripeOutcomeAnswer,
    body: stripeEventBody,
    problems: ['account-busy', 'database-unavailable', 'invalid-signature', 'not-found', 'outcome-unknown', 'overloaded'],
  })
  async events(@Body() body: unknown, @Headers('stripe-signature') signature: unknown, @Res() reply: FastifyReply): Promise<void> {
    const event = this.verify(body, signature);
    const outcome = event === null ? 'ignored' : await this.takeStripeEvent.run(event);
    if (typeof outcome === 'string') sendOutcome(reply, outcome);
    // The provider delivers again what could not be taken now; what never will be, is a break already.
    else if (PROBLEMS[outcome.code].status >= 500) sendProblem(reply, outcome);
    else sendOutcome(reply, 'conflict');
  }
}

function sendOutcome(reply: FastifyReply, outcome: string): void {
  sendJson(reply, HttpStatus.OK, JSON.stringify({ outcome }));
}
