import { Body, Controller, Get, Inject, Param, Post, Query, Req } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { instantText } from '../../domain/calendar.js';
import { refuse } from '../../domain/errors.js';
import { ReplayDeliveries } from '../../operations/replay-deliveries.js';
import { TARGET_KINDS, type TargetKind } from '../../postgres/catalogue/relay.js';
import { readDeliveries, type StoredDelivery } from '../../postgres/reads/deliveries.js';
import { reading } from '../access/reading.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { deliveryIdOf } from '../rendering/delivery-id.js';
import { deliveriesAnswer, deliveriesQuery, replayedAnswer } from '../schemas/deliveries.js';
import { noFields } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Alerts')
@Controller('v1/accounts/:accountId/deliveries')
export class DeliveriesController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly replayDeliveries: ReplayDeliveries,
  ) {}

  @Get()
  @Operation({
    id: 'listDeliveries',
    summary: 'What became of events on their way to contacts and endpoints',
    description: 'Those that were given up, unless another state is asked for.',
    answer: deliveriesAnswer,
    problems: ['account-not-found'],
  })
  async list(
    @Param('accountId') accountId: string,
    @Query({ schema: deliveriesQuery }) { state }: z.infer<typeof deliveriesQuery>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: (await readDeliveries(database, accountId, state)).map(view) };
    });
  }

  @Post('replay')
  @Operation({
    id: 'replayDeliveries',
    summary: 'Try all that were given up again',
    description: 'The same messages, under the same ids. Asked twice, it does no more than once.',
    answer: replayedAnswer,
    problems: ['account-not-found'],
  })
  async replayAll(@Body({ schema: noFields }) _body: z.infer<typeof noFields>, @Param('accountId') accountId: string): Promise<unknown> {
    await existingAccount(this.database, accountId);
    return { replayed: await this.replayDeliveries.all(accountId) };
  }

  @Post(':deliveryId/replay')
  @Operation({ id: 'replayDelivery', summary: 'Try one again', answer: replayedAnswer, problems: ['account-not-found', 'delivery-not-found'] })
  async replayOne(
    @Body({ schema: noFields }) _body: z.infer<typeof noFields>,
    @Param('accountId') accountId: string,
    @Param('deliveryId') deliveryId: string,
  ): Promise<unknown> {
    await existingAccount(this.database, accountId);
    return { replayed: await this.replayDeliveries.one(accountId, placeOf(deliveryId)) };
  }
}

/** `12.0.webhook.<endpoint>`: the event's place, and the target. */
const DELIVERY_ID = /^(\d{1,15})\.(\d{1,6})\.([a-z]+)\.(.{1,100})$/;

function placeOf(deliveryId: string): { seq: number; ordinal: number; target: { kind: TargetKind; id: string } } {
  const [, seq, ordinal, kind, id] = DELIVERY_ID.exec(deliveryId) ?? [];
  const known = TARGET_KINDS.find((other) => other === kind);
  if (known === undefined || id === undefined) return refuse('delivery-not-found', 'This account has no such parked delivery.');
  return { seq: Number(seq), ordinal: Number(ordinal), target: { kind: known, id } };
}

function view({ seq, ordinal, target, createdAt, nextAttemptAt, settledAt, ...rest }: StoredDelivery): unknown {
  const { messageId, type, state, attempts, lastStatus, lastExcerpt } = rest;
  return {
    deliveryId: deliveryIdOf({ seq, ordinal, target }),
    messageId,
    type,
    target,
    state,
    attempts,
    lastStatus,
    lastExcerpt,
    createdAt: instantText(createdAt),
    nextAttemptAt: state === 'pending' ? instantText(nextAttemptAt) : null,
    settledAt: settledAt === null ? null : instantText(settledAt),
  };
}
