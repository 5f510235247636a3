import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource, EntityManager } from 'typeorm';
import type { z } from 'zod';
import { ZERO } from '../../domain/credits.js';
import { refuse } from '../../domain/errors.js';
import { shortDigest } from '../../domain/hash-chain.js';
import { foldActivity } from '../../postgres/reads/activity.js';
import { findSeqAt, readBalance, readBalanceAtSeq, type BalanceAsOf } from '../../postgres/reads/balance.js';
import { readEntry, readEntryOfKey, readEntryPage, readMetadata } from '../../postgres/reads/entries.js';
import { readFilteredPage, type EntryFilter } from '../../postgres/reads/filtered-entries.js';
import { readExplanation } from '../../postgres/reads/explanation.js';
import { readLotPage } from '../../postgres/reads/lots.js';
import { reading } from '../access/reading.js';
import { Operation } from '../openapi/operation.js';
import { entryNumber } from '../parsing/address.js';
import { readCursor, writeCursor } from '../parsing/cursor.js';
import { existingAccount } from '../parsing/existing-account.js';
import { parseInstant } from '../parsing/instant.js';
import { bookedMembers, listedEntryJson } from '../rendering/entry-json.js';
import { explanationView } from '../rendering/explanation-view.js';
import { sendJson } from '../rendering/send.js';
import { balanceView, lotView } from '../rendering/views.js';
import { balanceAsOfAnswer, entriesAnswer, entryWithMetadataAnswer, lotsAnswer } from '../schemas/answers.js';
import { explanationAnswer } from '../schemas/explanation.js';
import { balanceQuery, entriesQuery, lotsQuery } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

const PAGE = '50';

@ApiTags('Ledger')
@Controller('v1/accounts/:accountId')
export class LedgerReadsController {
  constructor(@Inject(DATABASE) private readonly database: DataSource) {}

  @Get('balance')
  @Operation({
    id: 'getBalance',
    summary: 'Balance now, after an entry, or as of an instant',
    description: 'By instant: after the newest entry that was recorded at or before it.',
    answer: balanceAsOfAnswer,
    problems: ['account-not-found', 'entry-not-found'],
  })
  async balance(
    @Param('accountId') accountId: string,
    @Query({ schema: balanceQuery }) query: z.infer<typeof balanceQuery>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      const now = (await readBalance(database, accountId)) ?? refuse('account-not-found', 'There is no such account.');
      return balanceView(accountId, await balanceAsOf(database, accountId, now, query));
    });
  }

  @Get('lots')
  @Operation({ id: 'listLots', summary: 'Lots of credits, oldest first', answer: lotsAnswer, problems: ['account-not-found'] })
  async lots(
    @Param('accountId') accountId: string,
    @Query({ schema: lotsQuery }) query: z.infer<typeof lotsQuery>,
    @Req() request: FastifyRequest,
  ): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      const limit = Number(query.limit ?? PAGE);
      const after = query.cursor === undefined ? 0 : readCursor('lots', query.cursor);
      const open = query.open === undefined ? null : query.open === 'true';
      const lots = await readLotPage(database, { accountId, after, limit: limit + 1, open });
      const last = lots.length > limit ? lots[limit - 1] : undefined;
      return { items: lots.slice(0, limit).map(lotView), nextCursor: last === undefined ? null : writeCursor('lots', last.lotId) };
    });
  }

  @Get('entries')
  @Operation({
    id: 'listEntries',
    summary: 'Entries, newest or oldest first',
    description: 'With idempotencyKey: the one entry that was booked under it, or none. With a filter, a cursor belongs to the same filter.',
    answer: entriesAnswer,
    problems: ['account-not-found'],
  })
  async entries(
    @Param('accountId') accountId: string,
    @Query({ schema: entriesQuery }) query: z.infer<typeof entriesQuery>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const filter = filterOf(query);
    // What lags behind is folded by the service; what is read is read through the wall.
    if (filter !== null) await foldActivity(this.database, accountId);
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      if (query.idempotencyKey !== undefined) {
        const entry = await readEntryOfKey(database, accountId, shortDigest(query.idempotencyKey));
        sendJson(reply, 200, `{"items":[${entry === null ? '' : listedEntryJson(entry)}],"nextCursor":null}`);
        return;
      }
      const order = query.order ?? 'newest';
      const limit = Number(query.limit ?? PAGE);
      const beyond = query.cursor === undefined ? null : readCursor(order, query.cursor);
      const page = { accountId, order, beyond, limit: limit + 1 };
      const entries = filter === null ? await readEntryPage(database, page) : await readFilteredPage(database, page, filter);
      const last = entries.length > limit ? entries[limit - 1] : undefined;
      const next = last === undefined ? 'null' : `"${writeCursor(order, last.seq)}"`;
      sendJson(reply, 200, `{"items":[${entries.slice(0, limit).map(listedEntryJson).join(',')}],"nextCursor":${next}}`);
    });
  }

  @Get('entries/:seq')
  @Operation({
    id: 'getEntry',
    summary: 'Get an entry with its postings and metadata',
    answer: entryWithMetadataAnswer,
    problems: ['account-not-found', 'entry-not-found'],
  })
  async entry(
    @Param('accountId') accountId: string,
    @Param('seq') seq: string,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      const number = entryNumber(seq) ?? noSuchEntry();
      const entry = (await readEntry(database, accountId, number)) ?? noSuchEntry();
      const metadata = await readMetadata(database, accountId, number);
      sendJson(reply, 200, `{${bookedMembers(entry)},"metadata":${JSON.stringify(metadata)}}`);
    });
  }

  @Get('entries/:seq/explanation')
  @Operation({
    id: 'explainEntry',
    summary: 'Where every figure of an entry comes from',
    description:
      'From the entry to its usage, the rates and arithmetic of each leg, the lots, their purchases and payments, the order form, the clause, the version and hash of the addendum, and the notice that fixed the rates.',
    answer: explanationAnswer,
    problems: ['account-not-found', 'entry-not-found'],
  })
  async explain(@Param('accountId') accountId: string, @Param('seq') seq: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      const number = entryNumber(seq) ?? noSuchEntry();
      return explanationView((await readExplanation(database, accountId, number)) ?? noSuchEntry());
    });
  }
}

function filterOf({ feature, type, holdId, from, until }: z.infer<typeof entriesQuery>): EntryFilter | null {
  if ([feature, type, holdId, from, until].every((of) => of === undefined)) return null;
  return {
    feature: feature ?? null,
    types: type === undefined ? null : [type],
    holdId: holdId ?? null,
    from: from === undefined ? null : (parseInstant(from) ?? null),
    until: until === undefined ? null : (parseInstant(until) ?? null),
  };
}

function noSuchEntry(): never {
  return refuse('entry-not-found', 'The account has no such entry.');
}

async function balanceAsOf(database: DataSource | EntityManager, accountId: string, now: BalanceAsOf, { seq, at }: z.infer<typeof balanceQuery>): Promise<BalanceAsOf> {
  if (seq !== undefined) {
    return (await readBalanceAtSeq(database, accountId, Number(seq))) ?? noSuchEntry();
  }
  if (at === undefined) return now;
  const instant = parseInstant(at) ?? 0;
  const found = await findSeqAt(database, accountId, instant);
  return (await readBalanceAtSeq(database, accountId, found)) ?? { seq: 0, recordedAt: null, available: ZERO, held: ZERO };
}
