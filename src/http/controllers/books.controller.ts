import { Controller, Get, Inject, Param, Query, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { DeferredRevenue } from '../../operations/deferred-revenue.js';
import { csvOf } from '../../operations/exports/csv.js';
import { journalOf } from '../../operations/exports/journal.js';
import { rollForwardTable } from '../../operations/exports/roll-forward-table.js';
import { xlsxOf } from '../../operations/exports/xlsx.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { sendFile } from '../rendering/send-file.js';
import { sendJson } from '../rendering/send.js';
import { rollForwardAnswer, rollForwardQuery } from '../schemas/books.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Books')
@Controller('v1')
export class BooksController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly deferredRevenue: DeferredRevenue,
  ) {}

  @Get('deferred-revenue')
  @Operation({
    id: 'getDeferredRevenue',
    summary: 'Roll-forward of deferred revenue per month and currency',
    description:
      'Opening + purchased + granted + consumed + lapsed + reinstated + frozen + withdrawn + transferred + adjusted = closing; what takes away is below zero. `consumed` is revenue, `lapsed` breakage. Granted credits carry no money. Reads every entry, in short pages.',
    answer: rollForwardAnswer,
    problems: ['account-not-found'],
  })
  async rollForward(@Query({ schema: rollForwardQuery }) { accountId, from, through, format }: z.infer<typeof rollForwardQuery>, @Res() reply: FastifyReply): Promise<void> {
    if (accountId !== undefined) await existingAccount(this.database, accountId);
    const roll = await this.deferredRevenue.rollForward(accountId ?? null, from ?? null, through ?? null);
    if (format === 'csv') sendFile(reply, 'csv', 'deferred-revenue', csvOf(rollForwardTable(roll)));
    else if (format === 'xlsx') sendFile(reply, 'xlsx', 'deferred-revenue', xlsxOf([rollForwardTable(roll)]));
    else sendJson(reply, 200, JSON.stringify(roll));
  }

  @Get('journal')
  @Operation({ id: 'getJournal', summary: 'Plain-text journal of all accounts, in credits and money', description: 'With balance assertions per lot; `hledger check -s` accepts it.', file: 'text/plain' })
  journal(@Res() reply: FastifyReply): void {
    sendFile(reply, 'journal', 'journal', journalOf(this.database, null));
  }

  @Get('accounts/:accountId/journal')
  @Operation({ id: 'getAccountJournal', summary: 'Plain-text journal of an account, in credits and money', file: 'text/plain', problems: ['account-not-found'] })
  async accountJournal(@Param('accountId') accountId: string, @Res() reply: FastifyReply): Promise<void> {
    await existingAccount(this.database, accountId);
    sendFile(reply, 'journal', `journal-${accountId}`, journalOf(this.database, accountId));
  }
}
