import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger, NestLogger } from '../platform/logging.js';
import { AppModule, type HttpParts } from './app.module.js';

/**
 * The HTTP application, ready to listen. When it closes, open requests finish, and what still arrives over connections
 * that were kept open is answered 503 with `Connection: close`.
 */
export async function createHttpApplication(parts: HttpParts, logger: Logger): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter();
  endConnectionsWhileClosing(adapter);
  return NestFactory.create<NestFastifyApplication>(AppModule.with(parts), adapter, {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
}

/** Closing waits for connections: one that a client keeps open after its last answer would hold it up for a minute. */
function endConnectionsWhileClosing(adapter: FastifyAdapter): void {
  let closing = false;
  const fastify = adapter.getInstance();
  fastify.addHook('preClose', (done) => {
    closing = true;
    done();
  });
  fastify.addHook('onSend', (_request, reply, _payload, done) => {
    if (closing) void reply.header('connection', 'close');
    done();
  });
}
