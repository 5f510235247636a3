import { afterEach, beforeEach, expect, test } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createHttpApplication } from '../../src/http/application.js';
import { createLogger } from '../../src/platform/logging.js';
import { partsWithoutDatabase } from '../support/service.js';

let app: NestFastifyApplication;
let problems: string[];

beforeEach(async () => {
  problems = [];
  app = await createHttpApplication(partsWithoutDatabase(() => Promise.resolve(problems)), createLogger('silent'));
  await app.init();
});

afterEach(() => app.close());

test('a service without problems is ready', async () => {
  expect((await app.inject('/health/ready')).json()).toEqual({ status: 'ready' });
});

test('one that has some says so with 503, and is alive all the same', async () => {
  problems = ['the database does not answer'];
  const ready = await app.inject('/health/ready');
  expect([ready.statusCode, ready.json()]).toEqual([503, { status: 'not ready', problems }]);
  expect((await app.inject('/health/live')).statusCode).toBe(200);
});
