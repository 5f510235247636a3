import { Body, Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource, EntityManager } from 'typeorm';
import type { z } from 'zod';
import { instantText } from '../../domain/calendar.js';
import { amount, formatCredits } from '../../domain/credits.js';
import { refuse } from '../../domain/errors.js';
import { rehearseTimedRule } from '../../domain/rehearse-timed.js';
import { ChangeAlertRules } from '../../operations/change-alert-rules.js';
import { readAlertRules, readPastHours, rehearseBalanceRule } from '../../postgres/reads/alert-rules.js';
import { readBusinessTime } from '../../postgres/reads/business-time.js';
import { reading } from '../access/reading.js';
import { callerOf, requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { alertRuleAnswer } from '../rendering/command-answers.js';
import { sendVerdict } from '../rendering/send.js';
import { alertRehearsalAnswer, alertRuleChangedAnswer, alertRulesAnswer, newAlertRule } from '../schemas/alerts.js';
import { DATABASE } from '../tokens.js';

type NewAlertRule = z.infer<typeof newAlertRule>;
type Database = DataSource | EntityManager;
const FIRINGS_SHOWN = 100;

@ApiTags('Alerts')
@Controller('v1/accounts/:accountId/alert-rules')
export class AlertRulesController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly changeAlertRules: ChangeAlertRules,
  ) {}

  @Get()
  @Operation({
    id: 'listAlertRules',
    summary: 'Alert rules in force, and which have fired',
    description: 'An account whose admins have set none has sensible ones.',
    answer: alertRulesAnswer,
    problems: ['account-not-found'],
  })
  async list(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    const { rules, own, fired } = await reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return readAlertRules(database, accountId);
    });
    return {
      own,
      items: rules.map((rule) => {
        const where = fired.get(rule.ruleId);
        return { ...rule, fired: where === undefined ? null : { seq: where.seq, at: instantText(where.at) } };
      }),
    };
  }

  @Post()
  @Operation({
    id: 'createAlertRule',
    summary: 'Have an alert sent',
    description: 'A rule of the balance that is below already fires at once, and then not before the balance has been above.',
    status: 201,
    answer: alertRuleChangedAnswer,
    problems: ['account-closed', 'account-not-found', 'alert-required', 'alert-rule-exists', 'invalid-amount', 'too-many-alert-rules'],
  })
  async create(
    @Param('accountId') accountId: string,
    @Body({ schema: newAlertRule }) body: NewAlertRule,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.changeAlertRules.create(accountId, body, requesterOf(request)), alertRuleAnswer);
  }

  @Post('rehearsal')
  @Operation({
    id: 'rehearseAlertRule',
    summary: 'Where would this rule have fired?',
    description:
      "From the account's own last 100,000 entries. For rules of the balance, and, over the last 90 days and hour by hour, of runway and burn. Nothing is changed by it.",
    status: 200,
    answer: alertRehearsalAnswer,
    problems: ['account-not-found', 'invalid-amount'],
  })
  async rehearse(
    @Param('accountId') accountId: string,
    @Body({ schema: newAlertRule }) body: NewAlertRule,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      if (body.event === 'balance.below') return this.rehearseBalance(database, accountId, body);
      if (body.event === 'runway.below' || body.event === 'burn.unusual') return this.rehearseTimed(database, accountId, body);
      return refuse('invalid-request', 'Rules of the balance, of runway and of burn can be rehearsed.', { pointer: '/event' });
    });
  }

  @Post(':ruleId')
  @Operation({
    id: 'changeAlertRule',
    summary: 'Change a rule, mute it, or route it elsewhere',
    description: 'The whole rule as it shall be. It keeps its event. Messages on their way stay as they are.',
    status: 201,
    answer: alertRuleChangedAnswer,
    problems: ['account-closed', 'account-not-found', 'alert-required', 'alert-rule-exists', 'invalid-amount', 'rule-not-found'],
  })
  async change(
    @Param('accountId') accountId: string,
    @Param('ruleId') ruleId: string,
    @Body({ schema: newAlertRule }) body: NewAlertRule,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendVerdict(reply, await this.changeAlertRules.replace(accountId, ruleId, body, requesterOf(request)), alertRuleAnswer);
  }

  @Delete(':ruleId')
  @Operation({
    id: 'endAlertRule',
    summary: 'End a rule',
    description: 'What the contract asks for is told to everybody when it has no rule.',
    answer: alertRuleChangedAnswer,
    problems: ['account-closed', 'account-not-found', 'rule-not-found'],
  })
  async end(@Param('accountId') accountId: string, @Param('ruleId') ruleId: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    sendVerdict(reply, await this.changeAlertRules.end(accountId, ruleId, callerOf(request).actor), alertRuleAnswer, 200);
  }

  private async rehearseBalance(database: Database, accountId: string, { credits, share }: NewAlertRule): Promise<unknown> {
    const rule = { ...(credits === undefined ? {} : { credits }), ...(share === undefined ? {} : { share }) };
    const { entriesLookedAt, from, firings } = await rehearseBalanceRule(database, accountId, rule);
    return {
      entriesLookedAt,
      from: from === null ? null : instantText(from),
      firings: firings.map(({ seq, at, threshold, balance }) => ({
        seq,
        at: instantText(at),
        threshold: formatCredits(amount(threshold)),
        balance: formatCredits(amount(balance)),
        measured: formatCredits(amount(balance)),
      })),
    };
  }

  private async rehearseTimed(database: Database, accountId: string, { event, days, factor }: NewAlertRule): Promise<unknown> {
    const { now } = await readBusinessTime(database);
    const { entriesLookedAt, hours } = await readPastHours(database, accountId, now);
    const threshold = days ?? factor ?? '';
    const rule = { ruleId: 'rehearsed', event, muted: false, mail: 'all', webhooks: true, ...(days === undefined ? { factor: threshold } : { days }) } as const;
    const firings = rehearseTimedRule(rule, hours, now);
    return {
      entriesLookedAt,
      from: hours[0] === undefined ? null : instantText(hours[0].hour),
      firings: firings
        .slice(-FIRINGS_SHOWN)
        .reverse()
        .map(({ seq, at, balance, measured }) => ({ seq, at: instantText(at), threshold, balance: formatCredits(balance), measured })),
    };
  }
}
