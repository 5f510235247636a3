import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { AcknowledgeNotice } from '../../operations/acknowledge-notice.js';
import { AttestNotice } from '../../operations/attest-notice.js';
import { SignOrderForm } from '../../operations/sign-order-form.js';
import { readBusinessTime } from '../../postgres/reads/business-time.js';
import { readNotices } from '../../postgres/reads/notices.js';
import { readOrderForms } from '../../postgres/reads/order-forms.js';
import { reading } from '../access/reading.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { acknowledgedAnswer as acknowledged, signedAnswer as signed } from '../rendering/command-answers.js';
import { existingAccount } from '../parsing/existing-account.js';
import { actView } from '../rendering/correcting-views.js';
import { sendAnswered, sendVerdict } from '../rendering/send.js';
import { noticeView, orderFormView } from '../rendering/views.js';
import { actAnswer } from '../schemas/correcting.js';
import { acknowledgedAnswer, noticesAnswer, orderFormAnswer, orderFormsAnswer, signedAnswer } from '../schemas/answers.js';
import { newAttestation, newOrderForm, noFields } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Agreement')
@Controller('v1/accounts/:accountId')
export class AgreementController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly signOrderForm: SignOrderForm,
    private readonly acknowledgeNotice: AcknowledgeNotice,
    private readonly attestNotice: AttestNotice,
  ) {}

  @Post('order-forms')
  @Operation({
    id: 'signOrderForm',
    summary: 'Record a signed order form',
    description: 'Purchases that it contains are placed by the signature (P6). Published later versions of its card are announced to the account (P2).',
    status: 201,
    answer: signedAnswer,
    problems: [
      'account-not-found',
      'invalid-amount',
      'order-form-exists',
      'rate-card-not-found',
      'rate-version-not-found',
      'rate-version-not-published',
    ],
  })
  async sign(
    @Param('accountId') accountId: string,
    @Body({ schema: newOrderForm }) body: z.infer<typeof newOrderForm>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.signOrderForm.run(accountId, body, requesterOf(request)), signed);
  }

  @Get('order-forms')
  @Operation({ id: 'listOrderForms', summary: 'Order forms in order of signature', answer: orderFormsAnswer, problems: ['account-not-found'] })
  async listOrderForms(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: (await readOrderForms(database, accountId)).map(orderFormView) };
    });
  }

  @Get('order-forms/:orderFormId')
  @Operation({
    id: 'getOrderForm',
    summary: 'Get an order form as it was signed',
    answer: orderFormAnswer,
    problems: ['account-not-found', 'order-form-not-found'],
  })
  async getOrderForm(@Param('accountId') accountId: string, @Param('orderFormId') orderFormId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      const form = (await readOrderForms(database, accountId)).find((other) => other.orderFormId === orderFormId);
      return form === undefined ? refuse('order-form-not-found', 'The account has no such order form.') : orderFormView(form);
    });
  }

  @Get('notices')
  @Operation({
    id: 'listNotices',
    summary: 'Notices of changes of rates',
    description: 'P2: while a notice is not delivered its thirty days have not begun; deliveredOn shows it.',
    answer: noticesAnswer,
    problems: ['account-not-found'],
  })
  async listNotices(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: (await readNotices(database, accountId)).map(noticeView) };
    });
  }

  @Post('notices/:noticeId/acknowledge')
  @Operation({
    id: 'acknowledgeNotice',
    summary: 'Acknowledge a notice',
    description: 'P2: an admin of the licensee has it; with that it is delivered, if it was not before.',
    status: 201,
    answer: acknowledgedAnswer,
    problems: ['account-not-found', 'notice-not-found'],
  })
  async acknowledge(
    @Param('accountId') accountId: string,
    @Param('noticeId') noticeId: string,
    @Body({ schema: noFields }) _body: z.infer<typeof noFields>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.acknowledgeNotice.run(accountId, noticeId, requesterOf(request)), acknowledged);
  }

  @Post('notices/:noticeId/attestation')
  @Operation({
    id: 'attestNotice',
    summary: 'Attest that a notice was delivered, with a document',
    description: 'P2: a registered letter, a protocol. Takes two operators: answered with 202, nothing is booked until the other one confirms.',
    status: 201,
    answer: acknowledgedAnswer,
    pending: actAnswer,
    problems: ['account-closed', 'account-not-found', 'notice-not-found', 'second-operator-required'],
  })
  async attest(
    @Param('accountId') accountId: string,
    @Param('noticeId') noticeId: string,
    @Body({ schema: newAttestation }) body: z.infer<typeof newAttestation>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const outcome = await this.attestNotice.run(accountId, { noticeId, ...body }, requesterOf(request));
    if (!('pending' in outcome)) {
      sendVerdict(reply, outcome, acknowledged);
      return;
    }
    const { now } = await readBusinessTime(this.database);
    sendAnswered(reply, outcome.pending, (act) => actView(act, now), 202);
  }
}
