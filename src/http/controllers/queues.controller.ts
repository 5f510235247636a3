import { Controller, Get, Inject } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { DataSource } from 'typeorm';
import { readQueues } from '../../postgres/reads/queues.js';
import { Operation } from '../openapi/operation.js';
import { queuesView } from '../rendering/desk-views.js';
import { queuesAnswer } from '../schemas/desk.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Desk')
@Controller('v1/queues')
export class QueuesController {
  constructor(@Inject(DATABASE) private readonly database: DataSource) {}

  @Get()
  @Operation({
    id: 'getQueues',
    summary: 'How far what licensees are told has come',
    description: 'The lag of the outbox, deliveries under way, and those that were given up. Nothing is lost while it waits: the ledger goes on.',
    answer: queuesAnswer,
  })
  async get(): Promise<unknown> {
    return queuesView(await readQueues(this.database));
  }
}
