import { Controller, Get, Inject, Param, Query } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { instantText } from '../../domain/calendar.js';
import { ReportLiability } from '../../operations/report-liability.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { parseInstant } from '../parsing/instant.js';
import { liabilityAnswer, liabilityQuery } from '../schemas/money.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Agreement')
@Controller('v1/accounts/:accountId/order-forms/:orderFormId/liability')
export class LiabilityController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly reportLiability: ReportLiability,
  ) {}

  @Get()
  @Operation({
    id: 'reportLiability',
    summary: 'Payments received under an order form in the twelve months before an instant',
    description: 'Evidence for s.7, and not the cap: by receivedAt, per currency, gross, tax, reversed and net. What the bank took back counts if it did so before that instant.',
    answer: liabilityAnswer,
    problems: ['account-not-found', 'order-form-not-found'],
  })
  async report(
    @Param('accountId') accountId: string,
    @Param('orderFormId') orderFormId: string,
    @Query({ schema: liabilityQuery }) { before }: z.infer<typeof liabilityQuery>,
  ): Promise<unknown> {
    await existingAccount(this.database, accountId);
    const report = await this.reportLiability.run(accountId, orderFormId, before === undefined ? null : (parseInstant(before) ?? null));
    return { accountId, orderFormId, from: instantText(report.from), before: instantText(report.before), currencies: report.currencies };
  }
}
