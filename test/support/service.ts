import { randomBytes, randomUUID } from 'node:crypto';
import path from 'node:path';
import { expect } from '@jest/globals';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import type { Scope } from '../../src/domain/api-key.js';
import { amount } from '../../src/domain/credits.js';
import { shortDigest } from '../../src/domain/hash-chain.js';
import { createHttpApplication } from '../../src/http/application.js';
import type { Readiness } from '../../src/http/health.controller.js';
import type { HttpParts } from '../../src/http/http-parts.js';
import { NO_QUEUES } from '../../src/http/operating/visible-queues.js';
import { problemAnswer } from '../../src/http/schemas/answers.js';
import { Ledger, type LedgerOptions } from '../../src/ledger/ledger.js';
import { IssueApiKey } from '../../src/operations/issue-api-key.js';
import { NoticeEvidence } from '../../src/operations/notice-evidence.js';
import { WebhookSender } from '../../src/outbound/webhook-sender.js';
import { createLogger } from '../../src/platform/logging.js';
import { Signal } from '../../src/platform/signal.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: unknown;
  readonly text: string;
}

/** A success, held to the schema that documents it. */
export function ok<Schema extends z.ZodType>({ status, body, text }: Answer, schema: Schema): z.infer<Schema> {
  if (status >= 300) throw new Error(`refused: ${String(status)} ${text}`);
  return schema.parse(body);
}

/** A refusal, held to the schema that documents it, with its status and type. */
export function problem(answer: Answer): z.infer<typeof problemAnswer> {
  const parsed = problemAnswer.parse(answer.body);
  expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
  expect(parsed).toMatchObject({ status: answer.status, type: `/problems/${parsed.code}` });
  return parsed;
}

export function codeOf(answer: Answer): string {
  return problem(answer).code;
}

export interface Call {
  /** Undefined: the key of `as`, or none. */
  readonly secret?: string | undefined;
  readonly idempotencyKey?: string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface ServiceOptions {
  readonly ledger?: Partial<LedgerOptions>;
  readonly ledgerUrl?: string;
  readonly parts?: Partial<HttpParts>;
  readonly secrets?: Partial<HttpParts['secrets']>;
}

const pepper = randomBytes(32);
/** Signs the events of the payment provider in tests. */
export const STRIPE_SECRET = 'whsec_test_0123456789abcdef';
export const SEALING_KEY = Buffer.alloc(32, 8);
const EVIDENCE_KEY = Buffer.alloc(32, 9);
const EVIDENCE_DAYS = 3_653;
/** Receivers that tests start. */
export const LOOPBACK = new Set(['127.0.0.1']);

function partsOver(writerUrl: string, ledgerUrl: string, failures: unknown[], ledgerOptions: Partial<LedgerOptions> = {}): HttpParts {
  const eventsWritten = new Signal();
  return {
    readiness: () => Promise.resolve([]),
    draining: () => false,
    database: serviceDataSource({ url: writerUrl, poolSize: 4, applicationName: 'test', onPoolError: (error) => failures.push(error) }),
    ledger: new Ledger({
      connectionString: ledgerUrl,
      lanes: 2,
      queueLimit: 10_000,
      clock: () => performance.now(),
      onEvents: eventsWritten.raise,
      onFailure: (error) => failures.push(error),
      ...ledgerOptions,
    }),
    secrets: { keyPepper: pepper, pseudonymKeys: [Buffer.alloc(32, 7)], signingKeys: [Buffer.alloc(32, 8)], evidenceKeys: [EVIDENCE_KEY], sealingKeys: [SEALING_KEY] },
    stripeWebhookSecrets: [STRIPE_SECRET],
    webhookSender: new WebhookSender({ allowedHosts: LOOPBACK }),
    webhookAllowedHosts: LOOPBACK,
    eventsWritten,
    queues: NO_QUEUES,
    wakeRelay: () => undefined,
    adjustmentLimit: amount('1000'),
    sandbox: true,
    retention: { metadataDays: 400, actDetailDays: 400, privacyRequestDays: 1_095, evidenceDays: EVIDENCE_DAYS },
    verifierFile: path.resolve(import.meta.dirname, '../../dist/verify.mjs'),
    wallClock: { now: () => Date.now() },
    webFolder: path.resolve(import.meta.dirname, '../../dist/web'),
    frameAncestors: [],
    benchNoop: true,
    requestsAtOnce: 10_000,
    rateLimit: { requests: 1_000_000, windowSeconds: 10 },
    identityProvider: null,
    publicUrl: 'http://127.0.0.1:3000',
  };
}

/** As the service itself seals what shows that notices were delivered. */
export function noticeEvidence(database: DataSource): NoticeEvidence {
  return new NoticeEvidence(database, [EVIDENCE_KEY], EVIDENCE_DAYS, () => Date.now());
}

/** For what never gets as far as the database: nothing is connected. */
export function partsWithoutDatabase(readiness: Readiness): HttpParts {
  return { ...partsOver('postgres://nobody@127.0.0.1:1/none', 'postgres://nobody@127.0.0.1:1/none', []), readiness };
}

/** The service's HTTP side over a real database and a real ledger, in this process. */
export class TestService {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly database: DataSource,
    readonly ledger: Ledger,
    readonly failures: unknown[],
  ) {}

  static async start(writerUrl: string, { ledger: ledgerOptions = {}, ledgerUrl = writerUrl, parts = {}, secrets = {} }: ServiceOptions = {}): Promise<TestService> {
    const failures: unknown[] = [];
    const base = partsOver(writerUrl, ledgerUrl, failures, ledgerOptions);
    const all = { ...base, secrets: { ...base.secrets, ...secrets }, ...parts };
    const { database, ledger } = all;
    await database.initialize();
    const app = await createHttpApplication(all, createLogger('silent'));
    await app.init();
    await app.getHttpAdapter().getInstance().ready();
    return new TestService(app, database, ledger, failures);
  }

  /** Where it listens, once it was told to. */
  get url(): string {
    const [address] = this.app.getHttpAdapter().getInstance().addresses();
    if (typeof address !== 'object') throw new Error('it does not listen');
    return `http://127.0.0.1:${address.port}`;
  }

  async stop(): Promise<void> {
    await this.app.close();
    await this.ledger.drain();
    await this.database.destroy();
  }

  /** A key that the service knows, as an operator would have issued it. */
  async key(scopes: readonly Scope[], accountId: string | null = null, expiresAt: number | null = null): Promise<string> {
    const issue = new IssueApiKey(this.database, pepper, () => Date.now());
    const { secret } = await issue.run(
      { label: 'test', scopes, accountId, expiresAt, rateLimit: null },
      { caller: 'test', keyDigest: shortDigest(randomUUID()), fingerprint: shortDigest('') },
    );
    if (secret === null) throw new Error('a new key has a secret');
    return secret;
  }

  async get(url: string, secret?: string): Promise<Answer> {
    return this.send('GET', url, undefined, { secret });
  }

  /** Under a key of its own unless one is named; `null`: without. */
  async post(url: string, body: unknown, call: Call | string = {}): Promise<Answer> {
    return this.send('POST', url, body, typeof call === 'string' ? { secret: call } : call);
  }

  async send(method: 'GET' | 'POST' | 'DELETE' | 'PUT', url: string, body: unknown, call: Call): Promise<Answer> {
    const { secret, idempotencyKey = randomUUID(), headers = {} } = call;
    const answer = await this.app.inject({
      method,
      url,
      headers: {
        ...(secret === undefined ? {} : { authorization: `Bearer ${secret}` }),
        ...(method !== 'POST' || idempotencyKey === null ? {} : { 'idempotency-key': idempotencyKey }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { payload: typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body) }),
    });
    const isJson = /[/+]json\b/.test(String(answer.headers['content-type']));
    return { status: answer.statusCode, headers: answer.headers, text: answer.body, body: isJson ? (JSON.parse(answer.body) as unknown) : answer.body };
  }
}
