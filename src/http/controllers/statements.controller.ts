import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { csvOf } from '../../operations/exports/csv.js';
import { statementPdf } from '../../operations/exports/statement-pdf.js';
import { statementList, statementSheets } from '../../operations/exports/statement-tables.js';
import { xlsxOf } from '../../operations/exports/xlsx.js';
import { Statements } from '../../operations/statements.js';
import { reading } from '../access/reading.js';
import { Operation } from '../openapi/operation.js';
import { sendFile } from '../rendering/send-file.js';
import { sendJson } from '../rendering/send.js';
import { statementAnswer, statementQuery } from '../schemas/books.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Books')
@Controller('v1/accounts/:accountId/statements')
export class StatementsController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly statements: Statements,
  ) {}

  @Get(':through')
  @Operation({
    id: 'getStatement',
    summary: 'Statement of an accounting period: opening, movements and closing, in credits and money',
    description:
      'Of the closed period whose last day it names, the same bytes every time; or of the `open` one, provisional. As JSON, as a list (CSV), as a workbook (XLSX), or as a document (PDF).',
    answer: statementAnswer,
    problems: ['account-not-found', 'period-not-found'],
  })
  async statement(
    @Param('accountId') accountId: string,
    @Param('through') through: string,
    @Query({ schema: statementQuery }) { format }: z.infer<typeof statementQuery>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const statement = await this.statements.draw(accountId, through, (read) => reading(this.database, request, read));
    const name = `statement-${accountId}-${through}`;
    if (format === 'csv') sendFile(reply, 'csv', name, csvOf(statementList(statement)));
    else if (format === 'xlsx') sendFile(reply, 'xlsx', name, xlsxOf(statementSheets(statement)));
    else if (format === 'pdf') sendFile(reply, 'pdf', name, [await statementPdf(statement)]);
    else sendJson(reply, 200, JSON.stringify(statement));
  }
}
