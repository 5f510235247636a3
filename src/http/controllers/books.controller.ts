import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { DeferredRevenue } from '../../operations/deferred-revenue.js';
import { csvOf } from '../../operations/exports/csv.js';
import { focusTable } from '../../operations/exports/focus.js';
import { journalOf } from '../../operations/exports/journal.js';
import { movementsTable } from '../../operations/exports/movements.js';
import { rollForwardTable } from '../../operations/exports/roll-forward-table.js';
import type { Table } from '../../operations/exports/table.js';
import { xlsxOf } from '../../operations/exports/xlsx.js';
import { readBookAccount, type BookAccount, type Reads } from '../../postgres/reads/books.js';
import { reading } from '../access/reading.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { sendFile } from '../rendering/send-file.js';
import { sendJson } from '../rendering/send.js';
import { exportQuery, rollForwardAnswer, rollForwardQuery } from '../schemas/books.js';
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

  @Get('accounts/:accountId/movements')
  @Operation({
    id: 'exportMovements',
    summary: 'Every line of every entry of an account, with the revenue that it recognised, as CSV or XLSX',
    file: 'text/csv',
    problems: ['account-not-found'],
  })
  async movements(
    @Param('accountId') accountId: string,
    @Query({ schema: exportQuery }) { format }: z.infer<typeof exportQuery>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.send(reply, accountId, request, format, 'movements', movementsTable);
  }

  @Get('accounts/:accountId/focus')
  @Operation({
    id: 'exportFocus',
    summary: 'Purchases, use and lapses of an account as FOCUS (Cost and Usage), as CSV or XLSX',
    file: 'text/csv',
    problems: ['account-not-found'],
  })
  async focus(
    @Param('accountId') accountId: string,
    @Query({ schema: exportQuery }) { format }: z.infer<typeof exportQuery>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.send(reply, accountId, request, format, 'focus', focusTable);
  }

  private async send(
    reply: FastifyReply,
    accountId: string,
    request: FastifyRequest,
    format: 'csv' | 'xlsx' | undefined,
    name: string,
    table: (account: BookAccount, reads: Reads) => Table,
  ): Promise<void> {
    const reads: Reads = (read) => reading(this.database, request, read);
    await reads((database) => existingAccount(database, accountId));
    const account = (await readBookAccount(this.database, accountId)) ?? refuse('account-not-found', 'There is no such account.');
    const made = table(account, reads);
    if (format === 'xlsx') sendFile(reply, 'xlsx', `${name}-${accountId}`, xlsxOf([made]));
    else sendFile(reply, 'csv', `${name}-${accountId}`, csvOf(made));
  }
}
