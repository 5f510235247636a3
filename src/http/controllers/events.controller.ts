import { Controller, Get, Inject, Param, Query, Req, Res } from '@nestjs/common';
import { ApiHeader, ApiProduces, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { WebSessions } from '../../operations/web-sessions.js';
import { readEventPlace, readLastEventPlace, type EventPlace } from '../../postgres/reads/event-log.js';
import { credentialOf } from '../access/credential.js';
import { reading } from '../access/reading.js';
import { callerOf } from '../access/requester.js';
import { EventStreams } from '../events/event-streams.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { eventAnswer, eventsQuery } from '../schemas/events.js';
import { DATABASE } from '../tokens.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

@ApiTags('Events')
@Controller('v1/accounts/:accountId/events')
export class EventsController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly streams: EventStreams,
    private readonly sessions: WebSessions,
  ) {}

  @Get()
  @ApiProduces('text/event-stream')
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Id of the last event that was received: the stream goes on after it.', schema: { type: 'string', format: 'uuid' } })
  @Operation({
    id: 'streamEvents',
    summary: 'Events of the account as they happen',
    description:
      'Server-sent events: each has an id, its type as event, and this schema as data. Without Last-Event-ID it begins now; ask for access once after connecting. At least once: the same id may come twice over reconnections. The stream ends after 15 minutes, when the key is revoked or the session ends, or when the client does not read. With `heads=true` it also sends `event: head` with `{"seq": 12}`, without an id: at once, and whenever there are newer entries, at most four times a second.',
    answer: eventAnswer,
    problems: ['account-not-found', 'invalid-request', 'rate-limited'],
  })
  async stream(
    @Param('accountId') accountId: string,
    @Query({ schema: eventsQuery }) { heads }: z.infer<typeof eventsQuery>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const caller = callerOf(request);
    const place = await reading(this.database, request, async (database): Promise<EventPlace> => {
      await existingAccount(database, accountId);
      const last = request.headers['last-event-id'];
      if (last === undefined || last === '') return readLastEventPlace(database, accountId);
      const found = typeof last === 'string' && UUID.test(last) ? await readEventPlace(database, accountId, last) : null;
      return found ?? refuse('invalid-request', 'This account has no event with the id in Last-Event-ID. Connect without it, and ask for access.');
    });
    if (!this.streams.takes(caller.keyId)) refuse('rate-limited', 'There are as many event streams as there may be: close one, or share it.');
    reply.hijack();
    const headers = Object.fromEntries(Object.entries(reply.getHeaders()).filter(([, value]) => value !== undefined)) as Record<string, string>;
    // The connection ends with the stream: kept for a next request, it would hold up the service's own end.
    reply.raw.writeHead(200, {
      ...headers,
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
      connection: 'close',
    });
    if (request.method === 'HEAD') reply.raw.end();
    else this.streams.open({ accountId, caller, session: this.sessionOf(request), heads: heads === 'true' }, place, reply.raw);
  }

  private sessionOf(request: FastifyRequest): Buffer | null {
    const credential = credentialOf(request);
    return credential?.kind === 'session' ? this.sessions.digestOf(credential.secret) : null;
  }
}
