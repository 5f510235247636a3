import { Controller, Get, Inject, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { readActs } from '../../postgres/reads/administrative-acts.js';
import { Operation } from '../openapi/operation.js';
import { administrativeActView } from '../rendering/proof-views.js';
import { actsOnRecordAnswer, actsOnRecordQuery } from '../schemas/proof.js';
import { DATABASE } from '../tokens.js';

const PAGE = '50';

@ApiTags('Proof')
@Controller('v1/administrative-acts')
export class AdministrativeActsController {
  constructor(@Inject(DATABASE) private readonly database: DataSource) {}

  @Get()
  @Operation({
    id: 'listAdministrativeActs',
    summary: 'What people did to the service, and what they were refused, newest first',
    description: 'A chain of its own, signed and verified like those of the accounts. Origin and reason are null once they were erased; the chain is whole without them.',
    answer: actsOnRecordAnswer,
  })
  async list(@Query({ schema: actsOnRecordQuery }) query: z.infer<typeof actsOnRecordQuery>): Promise<unknown> {
    const limit = Number(query.limit ?? PAGE);
    const before = query.after === undefined ? null : Number(query.after);
    const records = await readActs(this.database, { before, limit: limit + 1, accountId: query.accountId ?? null });
    const items = records.slice(0, limit);
    return { items: items.map(administrativeActView), next: records.length > limit ? String(items.at(-1)?.act.seq) : null };
  }
}
