import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Validator } from '@seriousme/openapi-schema-validator';
import { z } from 'zod';
import { EVENT_TYPES } from '../../src/domain/event.js';
import { ACCESS } from '../../src/http/access/access-table.js';
import { partsWithoutDatabase } from '../support/service.js';
import { createHttpApplication } from '../../src/http/application.js';
import { EVENT_PAYLOADS } from '../../src/http/schemas/events.js';
import { createLogger } from '../../src/platform/logging.js';

type App = Awaited<ReturnType<typeof createHttpApplication>>;

const content = z.record(z.string(), z.looseObject({ schema: z.unknown() }));
const operation = z.looseObject({
  operationId: z.string(),
  summary: z.string(),
  tags: z.array(z.string()).min(1),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), required: z.boolean().optional(), schema: z.unknown() })).optional(),
  requestBody: z.looseObject({ content }).optional(),
  responses: z.record(z.string(), z.looseObject({ content: content.optional() })),
});
const description = z.looseObject({
  openapi: z.string(),
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), z.looseObject({})) }),
});

let app: App;
let json: unknown;
let document: z.infer<typeof description>;
let operations: { readonly route: string; readonly of: z.infer<typeof operation> }[];

beforeAll(async () => {
  app = await createHttpApplication({ ...partsWithoutDatabase(() => Promise.resolve([])), benchNoop: false }, createLogger('silent'));
  await app.init();
  await app.getHttpAdapter().getInstance().ready();
  json = (await app.inject('/openapi.json')).json();
  document = description.parse(json);
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, of]) => ({ route: `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`, of })),
  );
});

afterAll(() => app.close());

describe('/openapi.json', () => {
  it('is a valid OpenAPI 3.1 document', async () => {
    expect(document.openapi).toMatch(/^3\.1\./);
    const { valid, errors } = await new Validator().validate(json as Record<string, unknown>);
    expect(errors).toBeUndefined();
    expect(valid).toBe(true);
  });

  it('describes every route of the access table, but for itself, pages for people, metrics and the baseline of the benchmark', () => {
    const undescribed = Object.keys(ACCESS).filter((route) => !operations.some((described) => described.route === route));
    const board = undescribed.filter((route) => /^GET \/queues(\/|$)/.test(route));
    expect(board).not.toEqual([]);
    expect(undescribed.filter((route) => !board.includes(route))).toEqual([
      'GET /docs',
      'GET /openapi.json',
      'GET /app',
      'GET /app/*',
      'GET /metrics',
      'GET /contacts/verify',
      'POST /contacts/verify',
      'POST /v1/noop',
    ]);
    expect(operations.filter(({ route }) => ACCESS[route] === undefined)).toEqual([]);
  });

  it('has a schema for every event that it sends, and the events keep to them', () => {
    const { webhooks } = z.looseObject({ webhooks: z.record(z.string(), z.looseObject({})) }).parse(json);
    expect(Object.keys(webhooks).sort()).toEqual([...EVENT_TYPES].sort());
    for (const type of EVENT_TYPES) expect(document.components.schemas[`Event.${type}`]).toMatchObject({ properties: { type: { const: type }, data: expect.anything() } });
    const place = { timestamp: '2026-11-21T08:00:00.000Z', id: 'id', accountId: 'a', seq: 7 };
    const below = { threshold: '20.000000000', share: '0.2', balance: '19.000000000', available: '19.000000000', held: '0.000000000', already: false };
    expect(EVENT_PAYLOADS['balance.below'].safeParse({ ...place, type: 'balance.below', data: below }).success).toBe(true);
    expect(EVENT_PAYLOADS['balance.below'].safeParse({ ...place, type: 'balance.below', data: { ...below, balance: 19 } }).success).toBe(false);
    expect(EVENT_PAYLOADS['balance.below'].safeParse({ ...place, type: 'account.limited', data: below }).success).toBe(false);
  });

  it('names every operation, once', () => {
    const ids = operations.map(({ of }) => of.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has a schema for every body, every answer and every problem', () => {
    for (const { route, of } of operations) {
      const acknowledges = route.endsWith('/acknowledge');
      const sent = ACCESS[route]?.csv === true ? 'text/csv' : 'application/json';
      if (route.startsWith('POST') && !acknowledges) expect([route, of.requestBody?.content[sent]?.schema]).toEqual([route, expect.anything()]);
      for (const [status, answer] of Object.entries(of.responses)) {
        if (status === '204') continue;
        const type = Number(status) < 400 ? 'application/json' : 'application/problem+json';
        const [file] = Object.keys(answer.content ?? {}).filter((other) => !other.includes('/json'));
        expect([route, status, answer.content?.[Number(status) < 400 ? (file ?? type) : type]?.schema]).toEqual([route, status, expect.anything()]);
      }
    }
  });

  it('says which keys may, and where an idempotency key is needed', () => {
    for (const { route, of } of operations) {
      const row = ACCESS[route];
      expect([route, of.security]).toEqual([route, typeof row?.scopes === 'string' ? undefined : [{ apiKey: row?.scopes }]]);
      const header = of.parameters?.some(({ name, in: place, required }) => name === 'Idempotency-Key' && place === 'header' && required);
      expect([route, header ?? false]).toEqual([route, row?.idempotencyKey]);
    }
  });

  it('has a parameter for every variable part of an address', () => {
    for (const { route, of } of operations) {
      const wanted = [...route.matchAll(/:(\w+)/g)].map(([, name]) => name);
      const given = (of.parameters ?? []).filter(({ in: place }) => place === 'path').map(({ name }) => name);
      expect([route, given.sort()]).toEqual([route, wanted.sort()]);
    }
  });

  it('refers only to what is there, and refuses unknown fields in every body', () => {
    for (const [name, schema] of Object.entries(document.components.schemas)) expect([name, schema['$ref']]).toEqual([name, undefined]);
    const references = [...JSON.stringify(json).matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference]) => reference ?? '');
    expect(references.length).toBeGreaterThan(50);
    for (const reference of references) expect(Object.keys(document.components.schemas)).toContain(reference.replace('#/components/schemas/', ''));
    for (const name of ['NewLicensee', 'NewAccount', 'NewOrderForm', 'NewPurchase', 'NewPayment', 'NewGrant', 'NewDebit', 'NewDebits', 'NewReversal']) {
      expect([name, document.components.schemas[name]?.['additionalProperties']]).toEqual([name, false]);
    }
  });
});

describe('/docs', () => {
  it('shows every operation on one page, that runs and loads nothing', async () => {
    const answer = await app.inject('/docs');
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    for (const { of } of operations) expect(answer.body).toContain(`id="${of.operationId.toLowerCase()}"`);
    expect(answer.body).not.toMatch(/<script|src=|url\(|https?:\/\//);
    expect(answer.headers['content-security-policy']).toContain("default-src 'none'");
  });
});
