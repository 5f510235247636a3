import { Body, Controller, Get, Inject, Post, Query, Req, Res } from '@nestjs/common';
import { ApiConsumes, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { Entry } from '../../domain/entry.js';
import { ImportRemittance } from '../../operations/import-remittance.js';
import { MatchPayment } from '../../operations/match-payment.js';
import type { FoundBreak, MoneyOutcome } from '../../operations/payment-outcome.js';
import { RecordPayment } from '../../operations/record-payment.js';
import { ReversePayment } from '../../operations/reverse-payment.js';
import { readUnbookedReceipts } from '../../postgres/catalogue/receipts.js';
import { callerOf, requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { parseInstant } from '../parsing/instant.js';
import { paidAnswer as paid } from '../rendering/command-answers.js';
import { receiptView, recordedReversalView, recordedView, remittanceView, reversalAnswer as reversed } from '../rendering/money-views.js';
import { sendAnswered, sendVerdict } from '../rendering/send.js';
import { paidAnswer } from '../schemas/answers.js';
import {
  newMatch,
  newPayment,
  newPaymentReversal,
  receiptsAnswer,
  recordedAnswer,
  recordedReversalAnswer,
  remittanceAnswer,
  remittanceFile,
  remittanceQuery,
  reversalAnswer,
} from '../schemas/money.js';
import { DATABASE } from '../tokens.js';

const NOBODYS_GUESS = 'Answered with 202 where it fits no account: it is on record, and a break that finance resolves.';

@ApiTags('Payments')
@Controller('v1/payments')
export class PaymentsController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly recordPayment: RecordPayment,
    private readonly reversePayment: ReversePayment,
    private readonly matchPayment: MatchPayment,
    private readonly importRemittance: ImportRemittance,
  ) {}

  @Post()
  @Operation({
    id: 'recordPayment',
    summary: 'Record money received for a purchase',
    description: `P3: the payment that makes a purchase fully paid (price and tax) allocates its credits in the same transaction; what is more than what is owed is a break. The provider's id is booked once: a repeat is answered as the first time, another amount under it is a conflict and a break. ${NOBODYS_GUESS}`,
    status: 201,
    answer: paidAnswer,
    pending: recordedAnswer,
    problems: ['invalid-amount', 'payment-conflict'],
  })
  async pay(
    @Body({ schema: newPayment }) body: z.infer<typeof newPayment>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { accountId = null, purchaseId = null, receivedAt, ...rest } = body;
    const report = { ...rest, accountId, purchaseId, receivedAt: instantIn(receivedAt) };
    sendOutcome(reply, await this.recordPayment.run(report, requesterOf(request)), paid, recordedView);
  }

  @Post('reversals')
  @Operation({
    id: 'reversePayment',
    summary: 'Record money that the bank took back',
    description: `Before the allocation it is owed again. After it, at most the credits that this money bought are frozen, from what is available, and finance decides. ${NOBODYS_GUESS}`,
    status: 201,
    answer: reversalAnswer,
    pending: recordedReversalAnswer,
    problems: ['invalid-amount', 'reversal-conflict'],
  })
  async reverse(
    @Body({ schema: newPaymentReversal }) body: z.infer<typeof newPaymentReversal>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const report = { ...body, reversedAt: instantIn(body.reversedAt) };
    sendOutcome(reply, await this.reversePayment.run(report, requesterOf(request)), reversed, recordedReversalView);
  }

  @Post('matches')
  @Operation({
    id: 'matchPayment',
    summary: 'Say what recorded money is for',
    description: 'For money that no account has booked: an act of a person, with a reason. The breaks of it end as matched.',
    status: 201,
    answer: paidAnswer,
    problems: [
      'account-closed',
      'account-not-found',
      'currency-mismatch',
      'payment-conflict',
      'payment-not-found',
      'payment-not-received',
      'purchase-not-found',
      'purchase-not-payable',
    ],
  })
  async match(
    @Body({ schema: newMatch }) body: z.infer<typeof newMatch>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.matchPayment.run(body, requesterOf(request)), paid);
  }

  @Get('unbooked')
  @Operation({ id: 'listUnbookedPayments', summary: 'Money that no account has booked, oldest first, at most 500', answer: receiptsAnswer })
  async unbooked(): Promise<unknown> {
    return { items: (await readUnbookedReceipts(this.database)).map(receiptView) };
  }

  @Post('remittance')
  @ApiConsumes('text/csv')
  @Operation({
    id: 'importRemittance',
    summary: 'Record the payments of a remittance file',
    description:
      "Line after line, each under the provider's own id, so that a file that is sent twice books nothing twice; a line that fails lets the others pass. With dryRun it says what it would do.",
    answer: remittanceAnswer,
    body: remittanceFile,
  })
  async remittance(
    @Query({ schema: remittanceQuery }) { dryRun }: z.infer<typeof remittanceQuery>,
    @Body({ schema: remittanceFile }) file: string,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    if (dryRun === 'true') return remittanceView(await this.importRemittance.dryRun(file), true);
    return remittanceView(await this.importRemittance.run(file, callerOf(request).actor), false);
  }
}

function instantIn(text: string | undefined): number | null {
  return text === undefined ? null : (parseInstant(text) ?? null);
}

function sendOutcome<Receipt>(
  reply: FastifyReply,
  outcome: MoneyOutcome<Receipt>,
  booked: (entry: Entry) => string,
  recorded: (receipt: Receipt, found: FoundBreak) => unknown,
): void {
  if (outcome.kind === 'recorded') {
    sendAnswered(reply, { answer: outcome.receipt, replayed: outcome.replayed }, (receipt) => recorded(receipt, outcome.found), 202);
    return;
  }
  const { kind } = outcome;
  sendVerdict(reply, kind === 'booked' ? { ok: true, entry: outcome.entry, replayed: outcome.replayed } : { ok: false, refusal: outcome.refusal }, booked);
}
