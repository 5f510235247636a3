import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { AdjustCredits } from '../../operations/adjust-credits.js';
import { DeclineAct } from '../../operations/decline-act.js';
import { DisputeLot } from '../../operations/dispute-lot.js';
import { RefundLot } from '../../operations/refund-lot.js';
import { ConfirmAct, type VerdictOrAct } from '../../operations/second-operator.js';
import { TransferCredits } from '../../operations/transfer-credits.js';
import { readPendingActs } from '../../postgres/catalogue/pending-acts.js';
import { readBusinessTime } from '../../postgres/reads/business-time.js';
import { readTransfers } from '../../postgres/reads/corrections.js';
import { reading } from '../access/reading.js';
import { callerOf, requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { entryNumber } from '../parsing/address.js';
import { existingAccount } from '../parsing/existing-account.js';
import { bookedAnswer as booked } from '../rendering/command-answers.js';
import { actView } from '../rendering/correcting-views.js';
import { sendAnswered, sendVerdict } from '../rendering/send.js';
import { bookedAnswer } from '../schemas/answers.js';
import { actAnswer, actsAnswer, actsQuery, frozenCredits, newAdjustment, newRefund, newTransfer, transfersAnswer } from '../schemas/correcting.js';
import { withReason } from '../schemas/money.js';
import { noFields } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

const TWO_OPERATORS = 'Answered with 202 where another operator has to confirm: nothing is booked until then.';
const PROBLEMS_OF_LOTS = ['account-closed', 'account-not-found', 'invalid-amount', 'lot-not-found'] as const;

@ApiTags('Corrections')
@Controller('v1')
export class CorrectionsController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly adjustCredits: AdjustCredits,
    private readonly refundLot: RefundLot,
    private readonly transferCredits: TransferCredits,
    private readonly disputeLot: DisputeLot,
    private readonly confirmAct: ConfirmAct,
    private readonly declineAct: DeclineAct,
  ) {}

  @Post('accounts/:accountId/adjustments')
  @Operation({
    id: 'adjustCredits',
    summary: 'Correct a balance, with a reason',
    description: `Gives a lot of its own, or undoes a grant or an earlier adjustment; what was bought is never taken (P4). ${TWO_OPERATORS} So it is above the limit per account and thirty days.`,
    status: 201,
    answer: bookedAnswer,
    pending: actAnswer,
    problems: [...PROBLEMS_OF_LOTS, 'amount-out-of-range', 'exceeds-lot', 'order-form-not-found', 'purchase-final', 'term-ended'],
  })
  async adjust(
    @Param('accountId') accountId: string,
    @Body({ schema: newAdjustment }) { credits, takeFromLot, reason }: z.infer<typeof newAdjustment>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.send(reply, await this.adjustCredits.run(accountId, { lotId: takeFromLot ?? null, credits, reason }, requesterOf(request)));
  }

  @Post('accounts/:accountId/lots/:lotId/refund')
  @Operation({
    id: 'refundLot',
    summary: 'Pay back what is left of a lot',
    description: `P4: purchases are final. The exception names its ground, in the Agreement or in law, and takes two operators. ${TWO_OPERATORS}`,
    status: 201,
    answer: bookedAnswer,
    pending: actAnswer,
    problems: [...PROBLEMS_OF_LOTS, 'lot-not-refundable', 'lot-refunded', 'purchase-final'],
  })
  async refund(
    @Param('accountId') accountId: string,
    @Param('lotId') lotId: string,
    @Body({ schema: newRefund }) { ground, outgoingPayment, creditNote }: z.infer<typeof newRefund>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const refund = { lotId: lotIn(lotId), ground: ground ?? null, outgoingPayment, creditNote };
    await this.send(reply, await this.refundLot.run(accountId, refund, requesterOf(request)));
  }

  @Post('accounts/:accountId/lots/:lotId/transfer')
  @Operation({
    id: 'transferCredits',
    summary: 'Move credits to another account, with prior written consent',
    description: `P7: credits are non-transferable, but for Kaltura's prior written consent, whose document is older, and two operators. ${TWO_OPERATORS} The target lot keeps its source, rates, price and purchase.`,
    status: 201,
    answer: bookedAnswer,
    pending: actAnswer,
    problems: [...PROBLEMS_OF_LOTS, 'exceeds-lot', 'lot-frozen', 'lot-refunded', 'non-transferable'],
  })
  async transfer(
    @Param('accountId') accountId: string,
    @Param('lotId') lotId: string,
    @Body({ schema: newTransfer }) { credits, toAccountId, consent }: z.infer<typeof newTransfer>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const transfer = { lotId: lotIn(lotId), credits: credits ?? null, toAccountId, consent: consent ?? null };
    await this.send(reply, await this.transferCredits.run(accountId, transfer, requesterOf(request)));
  }

  @Get('accounts/:accountId/transfers')
  @Operation({ id: 'listTransfers', summary: 'Consented transfers, out and in', answer: transfersAnswer, problems: ['account-not-found'] })
  async transfers(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: await readTransfers(database, accountId) };
    });
  }

  @Post('accounts/:accountId/lots/:lotId/freeze')
  @Operation({
    id: 'freezeLot',
    summary: 'Freeze credits whose payment is disputed',
    description: 'From what is available; the rest is owed, and taken from what holds and reversals return. Frozen credits do not lapse.',
    status: 201,
    answer: bookedAnswer,
    problems: [...PROBLEMS_OF_LOTS, 'lot-refunded'],
  })
  async freeze(
    @Param('accountId') accountId: string,
    @Param('lotId') lotId: string,
    @Body({ schema: frozenCredits }) body: z.infer<typeof frozenCredits>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.disputeLot.freeze(accountId, { ...body, lotId: Number(lotIn(lotId)) }, requesterOf(request)), booked);
  }

  @Post('accounts/:accountId/lots/:lotId/release')
  @Operation({
    id: 'releaseFrozen',
    summary: 'Give frozen credits back',
    description: 'What is owed is forgiven first. Credits whose lot or Term has ended meanwhile lapse.',
    status: 201,
    answer: bookedAnswer,
    problems: [...PROBLEMS_OF_LOTS, 'lot-not-frozen'],
  })
  async release(
    @Param('accountId') accountId: string,
    @Param('lotId') lotId: string,
    @Body({ schema: frozenCredits }) body: z.infer<typeof frozenCredits>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.disputeLot.release(accountId, { ...body, lotId: Number(lotIn(lotId)) }, requesterOf(request)), booked);
  }

  @Post('accounts/:accountId/lots/:lotId/withdrawal')
  @Operation({
    id: 'withdrawFrozen',
    summary: 'Withdraw frozen credits for good',
    description: 'The dispute ended against the licensee. What is still owed stays owed.',
    status: 201,
    answer: bookedAnswer,
    problems: [...PROBLEMS_OF_LOTS, 'lot-not-frozen'],
  })
  async withdraw(
    @Param('accountId') accountId: string,
    @Param('lotId') lotId: string,
    @Body({ schema: frozenCredits }) body: z.infer<typeof frozenCredits>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.disputeLot.withdraw(accountId, { ...body, lotId: Number(lotIn(lotId)) }, requesterOf(request)), booked);
  }

  @Get('acts')
  @Operation({ id: 'listActs', summary: 'Acts that take two operators, oldest first', answer: actsAnswer })
  async acts(@Query({ schema: actsQuery }) { accountId, state }: z.infer<typeof actsQuery>): Promise<unknown> {
    const { now } = await readBusinessTime(this.database);
    return { items: (await readPendingActs(this.database, accountId ?? null, state === undefined ? null : now)).map((act) => actView(act, now)) };
  }

  @Post('acts/:actId/confirmation')
  @Operation({
    id: 'confirmAct',
    summary: 'Confirm what another operator asked for',
    description: 'Carries it out, once. Whoever asked for it cannot confirm it; after seven days it has to be asked for again.',
    status: 201,
    answer: bookedAnswer,
    problems: ['account-closed', 'exceeds-lot', 'lot-frozen', 'lot-refunded', 'pending-act-ended', 'pending-act-not-found', 'period-not-found', 'second-operator-required', 'term-ended', 'transfer-half-done'],
  })
  async confirm(
    @Param('actId') actId: string,
    @Body({ schema: noFields }) _body: z.infer<typeof noFields>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.confirmAct.run(actId, callerOf(request).actor), booked);
  }

  @Post('acts/:actId/decline')
  @Operation({
    id: 'declineAct',
    summary: 'Decline what an operator asked for',
    description: 'Nobody confirms it any more; nothing was booked, and nothing is. Whoever asked for it may take it back like this.',
    status: 201,
    answer: actAnswer,
    problems: ['pending-act-ended', 'pending-act-not-found'],
  })
  async decline(
    @Param('actId') actId: string,
    @Body({ schema: withReason }) { reason }: z.infer<typeof withReason>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { now } = await readBusinessTime(this.database);
    sendAnswered(reply, await this.declineAct.run(actId, reason, requesterOf(request)), (act) => actView(act, now));
  }

  private async send(reply: FastifyReply, outcome: VerdictOrAct): Promise<void> {
    if (!('pending' in outcome)) {
      sendVerdict(reply, outcome, booked);
      return;
    }
    const { now } = await readBusinessTime(this.database);
    sendAnswered(reply, outcome.pending, (act) => actView(act, now), 202);
  }
}

function lotIn(address: string): string {
  const lotId = entryNumber(address);
  return lotId === null ? refuse('lot-not-found', 'This account has no such lot.') : String(lotId);
}
