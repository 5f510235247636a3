import { Body, Controller, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { PrivacyRequests } from '../../operations/privacy-requests.js';
import { PublishPrivacyNotice } from '../../operations/publish-privacy-notice.js';
import { readPrivacyNotice, readPrivacyNotices } from '../../postgres/catalogue/privacy-notices.js';
import { readPrivacyRequests } from '../../postgres/catalogue/privacy-requests.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { positiveInteger } from '../parsing/address.js';
import { parseInstant } from '../parsing/instant.js';
import { privacyRequestView } from '../rendering/privacy-views.js';
import { sendAnswered } from '../rendering/send.js';
import {
  answeredPrivacyRequest,
  identityCheck,
  newPrivacyNotice,
  newPrivacyRequest,
  privacyAnswer,
  privacyNoticeAnswer,
  privacyNoticesAnswer,
  privacyRequestAnswer,
  privacyRequestsAnswer,
  privacyRequestsQuery,
} from '../schemas/privacy.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Privacy')
@Controller('v1')
export class PrivacyController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly privacyRequests: PrivacyRequests,
    private readonly publishPrivacyNotice: PublishPrivacyNotice,
  ) {}

  @Post('privacy-requests')
  @Operation({
    id: 'receivePrivacyRequest',
    summary: "A person's request about a contact's data",
    description: 'To see, correct, take along or erase it. It is due within thirty days of its receipt.',
    status: 201,
    answer: privacyRequestAnswer,
  })
  async receive(@Body({ schema: newPrivacyRequest }) body: z.infer<typeof newPrivacyRequest>, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const receivedAt = body.receivedAt === undefined ? null : (parseInstant(body.receivedAt) ?? null);
    sendAnswered(reply, await this.privacyRequests.receive(body.contactId, body.kind, receivedAt, requesterOf(request)), privacyRequestView);
  }

  @Get('privacy-requests')
  @Operation({ id: 'listPrivacyRequests', summary: 'Requests of persons, the most urgent first', answer: privacyRequestsAnswer })
  async list(@Query({ schema: privacyRequestsQuery }) { open }: z.infer<typeof privacyRequestsQuery>): Promise<unknown> {
    return { items: (await readPrivacyRequests(this.database, open === 'true')).map(privacyRequestView) };
  }

  @Post('privacy-requests/:requestId/identity')
  @Operation({
    id: 'checkIdentity',
    summary: "Note that the person's identity was checked, and how",
    status: 201,
    answer: privacyRequestAnswer,
    problems: ['privacy-request-answered', 'privacy-request-not-found'],
  })
  async identity(
    @Param('requestId') requestId: string,
    @Body({ schema: identityCheck }) { means }: z.infer<typeof identityCheck>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendAnswered(reply, await this.privacyRequests.checkIdentity(requestId, means, requesterOf(request)), privacyRequestView);
  }

  @Post('privacy-requests/:requestId/answer')
  @Operation({
    id: 'answerPrivacyRequest',
    summary: 'Do what was asked, or refuse it with a reason',
    description: 'Nothing is shown, corrected or erased before the identity was checked. Entries know a contact by its id only, so every chain verifies afterwards.',
    status: 201,
    answer: answeredPrivacyRequest,
    problems: ['contact-not-found', 'identity-not-checked', 'privacy-request-answered', 'privacy-request-not-found'],
  })
  async answer(
    @Param('requestId') requestId: string,
    @Body({ schema: privacyAnswer }) { name, refusedBecause }: z.infer<typeof privacyAnswer>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const wish = refusedBecause === undefined ? (name === undefined ? {} : { name }) : { refusedBecause };
    const answered = await this.privacyRequests.answer(requestId, wish, requesterOf(request));
    sendAnswered(reply, answered, ({ request: of, data }) => ({ request: privacyRequestView(of), data }));
  }

  @Post('privacy-notices')
  @Operation({
    id: 'publishPrivacyNotice',
    summary: "Publish a version of the deployment's privacy notice",
    description: 'A substantial change is announced 30 days ahead, a minor one 7; what law requires at once, at once.',
    status: 201,
    answer: privacyNoticeAnswer,
    problems: ['privacy-notice-too-soon'],
  })
  async publish(@Body({ schema: newPrivacyNotice }) body: z.infer<typeof newPrivacyNotice>, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    sendAnswered(reply, await this.publishPrivacyNotice.run(body, requesterOf(request)), (notice) => notice);
  }

  @Get('privacy-notices')
  @Operation({ id: 'listPrivacyNotices', summary: 'Versions of the privacy notice, the newest first', description: 'Those that are announced for later come before the one in force.', answer: privacyNoticesAnswer })
  async notices(): Promise<unknown> {
    return { items: await readPrivacyNotices(this.database) };
  }

  @Get('privacy-notices/:version')
  @Operation({
    id: 'getPrivacyNotice',
    summary: 'The words of one version of the privacy notice',
    description: 'As plain text, for people: mails lead here.',
    file: 'text/plain',
    problems: ['privacy-notice-not-found'],
  })
  async notice(@Param('version') version: string, @Res() reply: FastifyReply): Promise<void> {
    const number = positiveInteger(version);
    const notice = number === null ? null : await readPrivacyNotice(this.database, number);
    if (notice === null) return refuse('privacy-notice-not-found', 'There is no such version of the privacy notice.');
    void reply.code(200).header('content-type', 'text/plain; charset=utf-8').send(notice.text);
  }
}
