import { Body, Controller, Delete, Get, Inject, Param, Post, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { SCOPES_OF_AN_ADMINS_KEYS } from '../../domain/api-key.js';
import { refuse } from '../../domain/errors.js';
import { IssueApiKey, type IssuedKey } from '../../operations/issue-api-key.js';
import { administrativeRequest } from '../../operations/keyed-request.js';
import { RotateApiKey } from '../../operations/rotate-api-key.js';
import { RevokeApiKey } from '../../operations/revoke-api-key.js';
import { readApiKeys } from '../../postgres/reads/api-keys.js';
import type { Caller } from '../access/caller.js';
import { reading } from '../access/reading.js';
import { callerOf, requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { parseInstant } from '../parsing/instant.js';
import { sendAnswered } from '../rendering/send.js';
import { apiKeyView } from '../rendering/views.js';
import { apiKeysAnswer, newApiKeyAnswer } from '../schemas/answers.js';
import { apiKeysQuery, keyRotation, newApiKey } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

const DAY_S = '86400';

@ApiTags('API keys')
@Controller('v1/api-keys')
export class ApiKeysController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly issueApiKey: IssueApiKey,
    private readonly rotateApiKey: RotateApiKey,
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
    const key = {
      label: body.label,
      scopes: body.scopes,
      accountId,
      expiresAt: instantOrNull(body.expiresAt),
      rateLimit: body.rateLimit === undefined ? null : Number(body.rateLimit),
    };
    const issued = await this.issueApiKey.run(
      key,
      administrativeRequest(own === null ? 'operator' : `account:${own}`, requesterOf(request), 'issue-api-key', { ...body }),
    );
    sendIssued(reply, issued);
  }

  @Post(':keyId/rotation')
  @Operation({
    id: 'rotateApiKey',
    summary: 'Change an API key without a gap',
    description: 'Answers a new key with the same rights, its secret shown once. The old one passes until the overlap has gone by.',
    status: 201,
    answer: newApiKeyAnswer,
    problems: ['api-key-ended', 'api-key-not-found'],
  })
  async rotate(
    @Param('keyId') keyId: string,
    @Body({ schema: keyRotation }) body: z.infer<typeof keyRotation>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const own = ownAccount(callerOf(request));
    const rotated = await this.rotateApiKey.run(
      { keyId, ownAccount: own, overlapMs: Number(body.overlapSeconds ?? DAY_S) * 1_000, expiresAt: instantOrNull(body.expiresAt) },
      administrativeRequest(own === null ? 'operator' : `account:${own}`, requesterOf(request), 'rotate-api-key', { keyId, ...body }),
    );
    sendIssued(reply, rotated);
  }

  @Get()
  @Operation({ id: 'listApiKeys', summary: 'API keys, without their secrets', answer: apiKeysAnswer })
  async list(@Query({ schema: apiKeysQuery }) { accountId }: z.infer<typeof apiKeysQuery>, @Req() request: FastifyRequest): Promise<unknown> {
    const own = ownAccount(callerOf(request));
    if (own !== null && accountId !== undefined && accountId !== own) refuse('account-not-found', 'There is no such account.');
    const keys = await reading(this.database, request, (database) => readApiKeys(database, own ?? accountId ?? null));
    return { items: keys.map(apiKeyView) };
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

function sendIssued(reply: FastifyReply, issued: IssuedKey): void {
  sendAnswered(reply, issued, (answer) => ({ ...apiKeyView(answer), ...(issued.secret === null ? {} : { secret: issued.secret }) }));
}

function instantOrNull(instant: string | undefined): number | null {
  return instant === undefined ? null : (parseInstant(instant) ?? null);
}

/** The account whose keys this caller manages; null: an operator manages all. */
function ownAccount(caller: Caller): string | null {
  return caller.scopes.includes('operator') ? null : caller.accountId;
}

function refuseBeyondAnAdminsRights(body: z.infer<typeof newApiKey>, own: string): void {
  if (body.accountId !== undefined && body.accountId !== own) refuse('account-not-found', 'There is no such account.', { pointer: '/accountId' });
  if (body.rateLimit !== undefined) refuse('forbidden', 'How often a key may ask is for an operator to set.', { pointer: '/rateLimit' });
  const beyond = body.scopes.find((scope) => !SCOPES_OF_AN_ADMINS_KEYS.includes(scope));
  if (beyond !== undefined) {
    refuse('forbidden', `An admin of an account issues keys with ${SCOPES_OF_AN_ADMINS_KEYS.join(' and ')} only.`, { pointer: '/scopes' });
  }
}
