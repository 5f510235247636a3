import { Body, Controller, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { refuse, type Refusal } from '../../domain/errors.js';
import { DebitUsage } from '../../operations/debit-usage.js';
import { ReverseDebit } from '../../operations/reverse-debit.js';
import { callerOf, requesterOf } from '../access/requester.js';
import type { Caller } from '../access/caller.js';
import { Operation } from '../openapi/operation.js';
import { entryNumber } from '../parsing/address.js';
import { bulkItems, readDebit } from '../parsing/debit-reader.js';
import { problemJson, sendProblem } from '../problems/problem.js';
import { PROBLEMS } from '../problems/problem-table.js';
import { bookedAnswer as booked } from '../rendering/command-answers.js';
import { bookedMembers } from '../rendering/entry-json.js';
import { quoteView } from '../rendering/quote-view.js';
import { sendJson, sendVerdict } from '../rendering/send.js';
import { bookedAnswer, bulkAnswer, quoteAnswer } from '../schemas/answers.js';
import { newDebit, newDebits, newDebitsOfAccounts, newReversal } from '../schemas/requests.js';

const PROBLEMS_OF_DEBITS = [
  'account-not-found',
  'account-suspended',
  'amount-out-of-range',
  'feature-not-ordered',
  'insufficient-credits',
  'invalid-amount',
  'invalid-usage',
  'no-rate-for-meter',
  'occurred-at-out-of-range',
  'quantity-too-large',
  'term-ended',
] as const;

/** The busiest routes: their bodies are read, and their answers written, by hand. */
@ApiTags('Usage')
@Controller('v1')
export class DebitsController {
  constructor(
    private readonly debitUsage: DebitUsage,
    private readonly reverseDebit: ReverseDebit,
  ) {}

  @Post('accounts/:accountId/debits')
  @Operation({
    id: 'debit',
    summary: 'Debit the usage of one action',
    description:
      'P1, P5. authorize (default): all or nothing. record: for work already done; takes what is there, the rest becomes unfunded usage. An acknowledged debit is durable. A refused one does not use up its key.',
    status: 201,
    body: newDebit,
    answer: bookedAnswer,
    problems: PROBLEMS_OF_DEBITS,
  })
  async debit(@Param('accountId') accountId: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const debit = readDebit(request.body, '', { accountId, idempotencyKey: request.idempotencyKey });
    if ('code' in debit) sendProblem(reply, debit);
    else sendVerdict(reply, await this.debitUsage.run(debit, callerOf(request).actor), booked);
  }

  @Post('accounts/:accountId/debits/bulk')
  @Operation({
    id: 'debitInBulk',
    summary: 'Debit up to 1,000 actions of one account',
    description: 'Each item has its own key and its own verdict, in the order of the items: status and entry, or status and problem.',
    body: newDebits,
    answer: bulkAnswer,
    problems: ['account-not-found'],
  })
  async bulk(@Param('accountId') accountId: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.debitAll(request, reply, accountId);
  }

  @Post('debits')
  @Operation({
    id: 'debitSeveralAccounts',
    summary: 'Debit up to 1,000 actions of several accounts',
    description: "For a platform's key, which is bound to no account. Each item names its account.",
    body: newDebitsOfAccounts,
    answer: bulkAnswer,
  })
  async bulkOfAccounts(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    await this.debitAll(request, reply, null);
  }

  @Post('accounts/:accountId/debits/quote')
  @Operation({
    id: 'quoteDebit',
    summary: 'What a debit would come to',
    description: 'Nothing is booked and no status changes. Refused where the debit would be.',
    body: newDebit,
    answer: quoteAnswer,
    problems: PROBLEMS_OF_DEBITS,
  })
  async quote(@Param('accountId') accountId: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const debit = readDebit(request.body, '', { accountId, idempotencyKey: 'quote' });
    const quoted = 'code' in debit ? debit : await this.debitUsage.quote(debit, callerOf(request).actor);
    if ('code' in quoted) sendProblem(reply, quoted);
    else sendJson(reply, 200, quoteView(quoted));
  }

  @Post('accounts/:accountId/entries/:seq/reversal')
  @Operation({
    id: 'reverseDebit',
    summary: 'Give a debit back, whole or in part',
    description: 'By an entry that cites it; nothing is changed or removed. A part is a share of the usage, taken from the newest leg first.',
    status: 201,
    answer: bookedAnswer,
    problems: ['account-not-found', 'entry-not-found', 'invalid-amount', 'not-reversible', 'reversal-exceeds-debit'],
  })
  async reverse(
    @Param('accountId') accountId: string,
    @Param('seq') seq: string,
    @Body({ schema: newReversal }) body: z.infer<typeof newReversal>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const number = entryNumber(seq) ?? refuse('entry-not-found', 'The account has no such entry.');
    sendVerdict(reply, await this.reverseDebit.run(accountId, number, body, requesterOf(request)), booked);
  }

  private async debitAll(request: FastifyRequest, reply: FastifyReply, accountId: string | null): Promise<void> {
    const items = bulkItems(request.body);
    if ('code' in items) {
      sendProblem(reply, items);
      return;
    }
    const caller = callerOf(request);
    const verdicts = await Promise.all(items.map((item, place) => this.debitOne(item, `/items/${place}`, accountId, caller, request.id)));
    sendJson(reply, 200, `{"items":[${verdicts.join(',')}]}`);
  }

  private async debitOne(item: unknown, pointer: string, accountId: string | null, caller: Caller, requestId: string): Promise<string> {
    const debit = readDebit(item, pointer, { accountId, idempotencyKey: null });
    if ('code' in debit) return refused(debit, requestId);
    if (caller.accountId !== null && caller.accountId !== debit.accountId) {
      return refused({ code: 'account-not-found', detail: 'There is no such account.', pointer: `${pointer}/accountId` }, requestId);
    }
    const verdict = await this.debitUsage.run(debit, caller.actor);
    if (!verdict.ok) return refused(within(verdict.refusal, pointer), requestId);
    return `{"status":201,"replayed":${String(verdict.replayed)},${bookedMembers(verdict.entry)}}`;
  }
}

function refused(refusal: Refusal, requestId: string): string {
  return `{"status":${PROBLEMS[refusal.code].status},"problem":${problemJson(refusal, requestId)}}`;
}

/** The ledger knows an item and not the bulk around it. */
function within(refusal: Refusal, pointer: string): Refusal {
  return refusal.pointer === undefined ? refusal : { ...refusal, pointer: pointer + refusal.pointer };
}
