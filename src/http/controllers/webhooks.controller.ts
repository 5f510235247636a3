import { Body, Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { DeliverWebhook } from '../../operations/deliver-webhook.js';
import { WebhookEndpoints, type WithSecret } from '../../operations/webhook-endpoints.js';
import { readAttempts, readEndpoint, readEndpoints } from '../../postgres/catalogue/endpoints.js';
import { reading } from '../access/reading.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { sendAnswered, sendJson } from '../rendering/send.js';
import { attemptView, endpointView, testedView } from '../rendering/telling-views.js';
import { noFields } from '../schemas/requests.js';
import { attemptsAnswer, endpointAnswer, endpointsAnswer, newEndpoint, newEndpointAnswer, testedAnswer } from '../schemas/telling.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Webhooks')
@Controller('v1/accounts/:accountId/webhooks')
export class WebhooksController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly endpoints: WebhookEndpoints,
    private readonly deliverWebhook: DeliverWebhook,
  ) {}

  @Post()
  @Operation({
    id: 'addEndpoint',
    summary: 'Add a webhook endpoint',
    description: 'Messages are signed as Standard Webhooks has it, by a secret that is shown once. An endpoint whose address the order form names receives notices: its 2xx delivers them (P2).',
    status: 201,
    answer: newEndpointAnswer,
    problems: ['account-not-found', 'endpoint-not-found', 'limit-reached'],
  })
  async add(
    @Param('accountId') accountId: string,
    @Body({ schema: newEndpoint }) { url, eventTypes }: z.infer<typeof newEndpoint>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.sendWithSecret(reply, accountId, await this.endpoints.add(accountId, { url, eventTypes: eventTypes ?? null }, requesterOf(request)));
  }

  @Get()
  @Operation({ id: 'listEndpoints', summary: 'Webhook endpoints', answer: endpointsAnswer, problems: ['account-not-found'] })
  async list(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: (await readEndpoints(database, accountId)).map(endpointView) };
    });
  }

  @Delete(':endpointId')
  @Operation({ id: 'removeEndpoint', summary: 'Remove an endpoint', status: 204, problems: ['account-not-found', 'endpoint-not-found'] })
  async remove(@Param('accountId') accountId: string, @Param('endpointId') endpointId: string): Promise<void> {
    await this.endpoints.remove(accountId, endpointId);
  }

  @Post(':endpointId/secret')
  @Operation({
    id: 'rotateEndpointSecret',
    summary: 'Rotate the secret of an endpoint',
    description: 'For 24 hours messages are signed by both secrets, then by the new one alone.',
    status: 201,
    answer: newEndpointAnswer,
    problems: ['account-not-found', 'endpoint-not-found'],
  })
  async rotate(
    @Param('accountId') accountId: string,
    @Param('endpointId') endpointId: string,
    @Body({ schema: noFields }) _body: z.infer<typeof noFields>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.sendWithSecret(reply, accountId, await this.endpoints.rotate(accountId, endpointId, requesterOf(request)));
  }

  @Post(':endpointId/enable')
  @Operation({
    id: 'enableEndpoint',
    summary: 'Switch an endpoint on again',
    status: 201,
    answer: endpointAnswer,
    problems: ['account-not-found', 'endpoint-not-found'],
  })
  async enable(
    @Param('accountId') accountId: string,
    @Param('endpointId') endpointId: string,
    @Body({ schema: noFields }) _body: z.infer<typeof noFields>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendJson(reply, 201, JSON.stringify(endpointView(await this.endpoints.enable(accountId, endpointId))));
  }

  @Post(':endpointId/test')
  @Operation({
    id: 'testEndpoint',
    summary: 'Send a test message now',
    description: 'One message of type endpoint.test, signed like any other. The answer says what the endpoint answered.',
    status: 201,
    answer: testedAnswer,
    problems: ['account-not-found', 'endpoint-not-found'],
  })
  async test(
    @Param('accountId') accountId: string,
    @Param('endpointId') endpointId: string,
    @Body({ schema: noFields }) _body: z.infer<typeof noFields>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const endpoint = await this.endpoints.find(accountId, endpointId);
    sendJson(reply, 201, JSON.stringify(testedView(await this.deliverWebhook.test(endpoint))));
  }

  @Get(':endpointId/attempts')
  @Operation({
    id: 'listAttempts',
    summary: 'The newest attempts to reach an endpoint',
    description: 'At most 200, newest first.',
    answer: attemptsAnswer,
    problems: ['account-not-found', 'endpoint-not-found'],
  })
  async attempts(@Param('accountId') accountId: string, @Param('endpointId') endpointId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      const named = { accountId, endpointId };
      if ((await readEndpoint(database, named)) === null) refuse('endpoint-not-found', 'The account has no such endpoint.');
      return { items: (await readAttempts(database, named)).map(attemptView) };
    });
  }

  private async sendWithSecret(reply: FastifyReply, accountId: string, { answer, replayed, secret }: WithSecret): Promise<void> {
    const endpoint = await this.endpoints.find(accountId, answer.endpointId);
    sendAnswered(reply, { answer: endpoint, replayed }, (view) => ({ ...endpointView(view), ...(secret === null ? {} : { secret }) }));
  }
}
