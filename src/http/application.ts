import { randomBytes } from 'node:crypto';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusal } from '../domain/errors.js';
import { ContactBook } from '../operations/contact-book.js';
import { type Logger, NestLogger } from '../platform/logging.js';
import { noteKeyUses } from '../postgres/catalogue/note-key-uses.js';
import { findSessionBySecret } from '../postgres/catalogue/web-sessions.js';
import { RecordActs } from '../operations/record-acts.js';
import { findApiKeyBySecret } from '../postgres/reads/api-keys.js';
import { putActsOnRecord } from './access/acts-on-record.js';
import { admitRequests, type Admission } from './access/admission.js';
import { KeyUses } from './access/key-uses.js';
import { KnownKeys } from './access/known-keys.js';
import { People } from './access/people.js';
import { RateLimits } from './access/rate-limits.js';
import { AppModule } from './app.module.js';
import { serveContactLinks } from './contact-link-pages.js';
import { EventStreams } from './events/event-streams.js';
import type { HttpParts } from './http-parts.js';
import { serveMetrics } from './operating/metrics.js';
import { serveQueueBoard } from './operating/queue-board.js';
import { serveDescription } from './openapi/description-routes.js';
import { openApiDocument } from './openapi/document.js';
import { Shedding } from './overload.js';
import { BODY_LIMIT, readBodies } from './parsing/json-body.js';
import { signInOf } from './sign-in/sign-in-of.js';
import { SchemaPipe } from './parsing/schema.pipe.js';
import { sendProblem } from './problems/problem.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { readWebFiles } from './web-account/web-files.js';
import { serveWebAccount } from './web-account/web-routes.js';
import { answerUnreadable } from './problems/unreadable-request.js';
import { KnownRoutes } from './problems/known-routes.js';

const REQUEST_TIMEOUT_MS = 30_000;

/**
 * The HTTP application, ready to listen. Once the service is draining, what still arrives is answered 503 with
 * `Connection: close`; when the application closes, open requests finish.
 */
export async function createHttpApplication(parts: HttpParts, logger: Logger): Promise<NestFastifyApplication> {
  const nextId = requestIds();
  const shedding = new Shedding(parts.requestsAtOnce, nextId);
  const adapter = new FastifyAdapter({
    bodyLimit: BODY_LIMIT,
    genReqId: nextId,
    serverFactory: shedding.server,
    // A client has so long for a request, and for its headers: who sends a byte a minute does not keep a connection for ever.
    requestTimeout: REQUEST_TIMEOUT_MS,
    clientErrorHandler: answerUnreadable(nextId),
    // The same problem as everywhere, instead of the framework's own answer.
    return503OnClosing: false,
    // No middleware of Connect's kind: looking for some costs every request a little.
    skipMiddie: true,
    routerOptions: { maxParamLength: 128 },
    // An address that cannot be decoded, or with a part longer than any id: the router has given up before any hook runs.
    frameworkErrors: (_error: unknown, _request: FastifyRequest, reply: FastifyReply) => {
      sendProblem(reply, refusal('not-found', 'There is nothing at this address.'));
    },
  });
  const streams = new EventStreams(parts.database, parts.wallClock, (error) => {
    logger.warn({ err: error }, 'the outbox could not be read for the event streams; the next look comes back to it');
  }, parts.streams);
  parts.eventsWritten.listen(() => {
    streams.wake();
  });
  const signIn = signInOf(parts, (reason) => {
    logger.warn({ reason }, 'a person could not sign in at the identity provider');
  });
  const app = await NestFactory.create<NestFastifyApplication>(AppModule.with(parts, streams, signIn), adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
    bodyParser: false,
  });
  const server = adapter.getInstance();
  endConnectionsWhileClosing(server);
  server.addHook('preClose', () => streams.close());
  const routes = new KnownRoutes(server);
  shedding.freeOnceAnswered(server);
  admitRequests(server, admissionOf(parts, server, logger));
  putActsOnRecord(server, new RecordActs(parts.database), (error) => {
    logger.warn({ err: error }, 'refused attempts could not be put on record');
  });
  readBodies(server);
  app.useGlobalPipes(new SchemaPipe());
  app.useGlobalFilters(new ProblemFilter(logger, (url) => routes.methodsOf(url)));
  serveDescription(server, () => openApiDocument(app));
  let files: ReturnType<typeof readWebFiles> | undefined;
  serveWebAccount(server, () => (files ??= readWebFiles(parts.webFolder)), parts.frameAncestors);
  serveMetrics(server, parts.database, parts.queues);
  serveQueueBoard(server, parts.queues);
  serveContactLinks(server, () => app.get(ContactBook));
  return app;
}

function admissionOf({ database, secrets, wallClock, identityProvider, rateLimit, draining }: HttpParts, server: FastifyInstance, logger: Logger): Admission {
  const uses = new KeyUses(
    (batch) => noteKeyUses(database, batch),
    (error) => {
      logger.warn({ err: error }, 'the last use of some keys could not be written');
    },
  );
  uses.start();
  server.addHook('onClose', () => uses.stop());
  return {
    keys: new KnownKeys((hmac) => findApiKeyBySecret(database, hmac), secrets.keyPepper, wallClock),
    sessions: new KnownKeys((hmac) => findSessionBySecret(database, hmac), secrets.keyPepper, wallClock),
    people: identityProvider === null ? null : new People(identityProvider, secrets.keyPepper, wallClock),
    limits: new RateLimits(rateLimit, wallClock),
    uses,
    clock: wallClock,
    draining,
  };
}

/** Closing waits for connections: one that a client keeps open after its last answer would hold it up for a minute. */
function endConnectionsWhileClosing(server: FastifyInstance): void {
  let closing = false;
  server.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  server.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) void reply.header('connection', 'close');
    done();
  });
}

/** Ids that no two requests of any instance share, without asking for randomness every time. */
function requestIds(): () => string {
  const instance = randomBytes(6).toString('base64url');
  let count = 0;
  return () => {
    count += 1;
    return `${instance}-${count.toString(36)}`;
  };
}
