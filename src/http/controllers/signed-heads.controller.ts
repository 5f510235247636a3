import { Controller, Get, Inject, Param, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { SignHeads } from '../../operations/sign-heads.js';
import { readNewestHeads, readSignedHeads, readSigningKeys } from '../../postgres/reads/signed-heads.js';
import { reading } from '../access/reading.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { signedHeadView, signingKeyView } from '../rendering/proof-views.js';
import { newestHeadsQuery, signedHeadAnswer, signedHeadsAnswer, signedHeadsQuery, signingKeysAnswer } from '../schemas/proof.js';
import { DATABASE } from '../tokens.js';

const PAGE = '50';

@ApiTags('Proof')
@Controller('v1')
export class SignedHeadsController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly signHeads: SignHeads,
  ) {}

  @Get('signing-keys')
  @Operation({
    id: 'listSigningKeys',
    summary: 'Public keys that heads are signed with, oldest first',
    description: 'Each but the first is vouched for by the one before it. No key is needed to read them.',
    answer: signingKeysAnswer,
  })
  async keys(): Promise<unknown> {
    return { items: (await readSigningKeys(this.database)).map(signingKeyView) };
  }

  @Get('signed-heads')
  @Operation({
    id: 'listNewestSignedHeads',
    summary: 'The newest signed head of every account, in order of their ids',
    description: 'For whoever keeps them outside: a ledger that was cut off or written anew does not agree with them.',
    answer: signedHeadsAnswer,
  })
  async newest(@Query({ schema: newestHeadsQuery }) query: z.infer<typeof newestHeadsQuery>): Promise<unknown> {
    const limit = Number(query.limit ?? PAGE);
    const heads = await readNewestHeads(this.database, query.after ?? '', limit + 1);
    const items = heads.slice(0, limit);
    return { items: items.map(signedHeadView), next: heads.length > limit ? (items.at(-1)?.accountId ?? null) : null };
  }

  @Get('accounts/:accountId/signed-head')
  @Operation({
    id: 'getSignedHead',
    summary: 'The head of the chain as it stands now, signed',
    description: 'Signed at this moment, unless it was before. Heads that moved are signed every 20 seconds as well.',
    answer: signedHeadAnswer,
    problems: ['account-not-found', 'entry-not-found'],
  })
  async current(@Param('accountId') accountId: string): Promise<unknown> {
    return signedHeadView(await this.signHeads.onDemand(accountId));
  }

  @Get('accounts/:accountId/signed-heads')
  @Operation({ id: 'listSignedHeads', summary: 'Signed heads of an account, newest first', answer: signedHeadsAnswer, problems: ['account-not-found'] })
  async list(
    @Param('accountId') accountId: string,
    @Query({ schema: signedHeadsQuery }) query: z.infer<typeof signedHeadsQuery>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    const limit = Number(query.limit ?? PAGE);
    const before = query.after === undefined ? null : Number(query.after);
    const heads = await reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return readSignedHeads(database, { accountId, before, limit: limit + 1 });
    });
    const items = heads.slice(0, limit);
    return { items: items.map(signedHeadView), next: heads.length > limit ? String(items.at(-1)?.seq) : null };
  }
}
