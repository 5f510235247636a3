import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { SCOPES_OF_AN_ADMINS_KEYS } from '../../domain/api-key.js';
import { refuse } from '../../domain/errors.js';
import { IssueApiKey } from '../../operations/issue-api-key.js';
import { catalogueRequest } from '../../operations/keyed-request.js';
import { RevokeApiKey } from '../../operations/revoke-api-key.js';
import { readApiKeys } from '../../postgres/reads/api-keys.js';
import type { Caller } from '../access/caller.js';
import { callerOf, requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { parseInstant } from '../parsing/instant.js';
import { sendAnswered } from '../rendering/send.js';
import { apiKeyView } from '../rendering/views.js';
import { apiKeysAnswer, newApiKeyAnswer } from '../schemas/answers.js';
import { apiKeysQuery, newApiKey } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

@ApiTags('API keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly issueApiKey: IssueApiKey,
    private readonly revokeApiKey: RevokeApiKey,
  ) {}

  @Post()
  @Operation({
    id: 'createApiKey',
    summary: 'Issue an API key',
    description:
      'The secret is shown once. An admin of an account issues keys for it, with account:read and usage:write. A replay answers without the secret.',
    status: 201,
    answer: newApiKeyAnswer,
    problems: ['account-not-found'],
  })
  async create(
    @Body({ schema: newApiKey }) body: z.infer<typeof newApiKey>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = callerOf(request);
    const own = ownAccount(caller);
    if (own !== null) refuseBeyondAnAdminsRights(body, own);
    const accountId = body.accountId ?? own;
    const key = { label: body.label, scopes: body.scopes, accountId, expiresAt: body.expiresAt === undefined ? null : (parseInstant(body.expiresAt) ?? null) };
    const issued = await this.issueApiKey.run(
      key,
      catalogueRequest(own === null ? 'operator' : `account:${own}`, requesterOf(request), 'issue-api-key', { ...body }),
    );
    sendAnswered(reply, issued, (answer) => ({ ...apiKeyView(answer), ...(issued.secret === null ? {} : { secret: issued.secret }) }));
  }

  @Get()
  @Operation({ id: 'listApiKeys', summary: 'API keys, without their secrets', answer: apiKeysAnswer })
  async list(@Query({ schema: apiKeysQuery }) { accountId }: z.infer<typeof apiKeysQuery>, @Req() request: FastifyRequest): Promise<unknown> {
    const own = ownAccount(callerOf(request));
    if (own !== null && accountId !== undefined && accountId !== own) refuse('account-not-found', 'There is no such account.');
    return { items: (await readApiKeys(this.database, own ?? accountId ?? null)).map(apiKeyView) };
  }

  @Delete(':keyId')
  @Operation({
    id: 'revokeApiKey',
    summary: 'Revoke an API key',
    description: 'It passes nowhere any more within 2 seconds.',
    status: 204,
    problems: ['api-key-not-found'],
  })
  async revoke(@Param('keyId') keyId: string, @Req() request: FastifyRequest): Promise<void> {
    await this.revokeApiKey.run(keyId, ownAccount(callerOf(request)));
  }
}

/** The account whose keys this caller manages; null: an operator manages all. */
function ownAccount(caller: Caller): string | null {
  return caller.scopes.includes('operator') ? null : caller.accountId;
}

function refuseBeyondAnAdminsRights(body: z.infer<typeof newApiKey>, own: string): void {
  if (body.accountId !== undefined && body.accountId !== own) refuse('account-not-found', 'There is no such account.', { pointer: '/accountId' });
  const beyond = body.scopes.find((scope) => !SCOPES_OF_AN_ADMINS_KEYS.includes(scope));
  if (beyond !== undefined) {
    refuse('forbidden', `An admin of an account issues keys with ${SCOPES_OF_AN_ADMINS_KEYS.join(' and ')} only.`, { pointer: '/scopes' });
  }
}
