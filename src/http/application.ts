import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { type Logger, NestLogger } from '../platform/logging.js';
import { AppModule, type HttpParts } from './app.module.js';

/**
 * The HTTP application, ready to listen. When it closes, open requests finish, and what still arrives over connections
 * that were kept open is answered 503 with `Connection: close`.
 */
export function createHttpApplication(parts: HttpParts, logger: Logger): Promise<NestFastifyApplication> {
  return NestFactory.create<NestFastifyApplication>(AppModule.with(parts), new FastifyAdapter(), {
    logger: new NestLogger(logger),
    abortOnError: false,
  });
}
