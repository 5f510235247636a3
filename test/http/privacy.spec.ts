import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { entryWithMetadataAnswer, noticesAnswer } from '../../src/http/schemas/answers.js';
import {
  answeredPrivacyRequest,
  endUserEntriesAnswer,
  evidenceListAnswer,
  openedEvidenceAnswer,
  privacyNoticeAnswer,
  privacyNoticesAnswer,
  privacyRequestAnswer,
  privacyRequestsAnswer,
} from '../../src/http/schemas/privacy.js';
import { contactAnswer } from '../../src/http/schemas/telling.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { query } from '../support/ledger-account.js';
import { Market, type Customer } from '../support/market.js';
import { codeOf, ok, problem, TestService } from '../support/service.js';

const NEW_KEY = Buffer.alloc(32, 17);
const END_USER = 'end-user-4711@example.org';
const NOTE = 'a private note 12345';
const PERSON = { name: 'Jane Q. Public', address: 'jane.public@example.org' };

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
/** Of the person. */
let contactId: string;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
  customer = await market.customer({ captions: { minutes: '3' } }, ['100']);
  ({ contactId } = ok(await service.post(`${customer.url}/contacts`, PERSON, customer.admin), contactAnswer));
});
afterAll(async () => {
  await service.stop();
  await database.drop();
});

async function ask(kind: string): Promise<string> {
  return ok(await service.post('/v1/privacy-requests', { contactId, kind }, market.operator), privacyRequestAnswer).requestId;
}
const identify = (requestId: string) => service.post(`/v1/privacy-requests/${requestId}/identity`, { means: 'document' }, market.operator);
const answer = (requestId: string, body: object, idempotencyKey: string = randomUUID()) =>
  service.post(`/v1/privacy-requests/${requestId}/answer`, body, { secret: market.operator, idempotencyKey });

/** Every row of every table as text, as a dump of the database has it. */
async function dump(): Promise<string> {
  const tables = await query(database.ownerUrl, `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')`);
  let text = '';
  for (const { name } of tables) text += String((await query(database.ownerUrl, `SELECT coalesce(string_agg(t::text, E'\\n'), '') AS rows FROM ${String(name)} AS t`))[0]?.['rows']);
  return text;
}
const hexOf = (text: string): string => Buffer.from(text).toString('hex');

describe('a request of a person', () => {
  it('has thirty days, and is answered once, after the identity was checked', async () => {
    const requestId = await ask('view');
    const [open] = ok(await service.get('/v1/privacy-requests?open=true', market.operator), privacyRequestsAnswer).items;
    expect(open).toMatchObject({ requestId, answeredAt: null });
    expect(Date.parse(open?.dueAt ?? '') - Date.parse(open?.receivedAt ?? '')).toBe(30 * 24 * 3_600_000);
    expect(codeOf(await answer(requestId, {}))).toBe('identity-not-checked');
    ok(await identify(requestId), privacyRequestAnswer);
    const idempotencyKey = randomUUID();
    const seen = ok(await answer(requestId, {}, idempotencyKey), answeredPrivacyRequest);
    expect(seen).toMatchObject({ request: { outcome: 'done', identityMeans: 'document' }, data: { name: PERSON.name, address: PERSON.address } });
    expect(ok(await answer(requestId, {}, idempotencyKey), answeredPrivacyRequest)).toEqual({ request: seen.request, data: null });
    expect(codeOf(await answer(requestId, {}))).toBe('privacy-request-answered');
    expect(codeOf(await identify(requestId))).toBe('privacy-request-answered');
    expect(codeOf(await answer('nowhere', {}))).toBe('privacy-request-not-found');
  });

  it('corrects what is wrong, or is refused with a reason', async () => {
    const correction = await ask('correct');
    await identify(correction);
    expect(codeOf(await answer(correction, {}))).toBe('invalid-request');
    ok(await answer(correction, { name: 'Jane P. Public' }), answeredPrivacyRequest);
    expect(await query(database.ownerUrl, `SELECT name FROM contact WHERE contact_id = '${contactId}'`)).toEqual([{ name: 'Jane P. Public' }]);
    const refused = ok(await answer(await ask('export'), { refusedBecause: 'The person could not be identified.' }), answeredPrivacyRequest);
    expect(refused.request).toMatchObject({ outcome: 'refused', refusedBecause: 'The person could not be identified.' });
  });
});

describe('evidence of a notice', () => {
  it('is sealed, opened for a purpose on record only, and nobody else’s', async () => {
    const cardId = await market.card({ captions: { minutes: '3' } });
    await customer.sign(cardId, ['captions']);
    await market.version(cardId, { captions: { minutes: '4' } }, '2036-01-01');
    const [notice] = ok(await service.get(`${customer.url}/notices`, customer.admin), noticesAnswer).items;
    expect((await service.post(`${customer.url}/notices/${String(notice?.noticeId)}/acknowledge`, {}, customer.admin)).status).toBe(201);
    const list = async () => ok(await service.get(`${customer.url}/evidence`, market.operator), evidenceListAnswer).items;
    const [evidence] = await list();
    expect(evidence).toMatchObject({ subject: notice?.noticeId, kind: 'acknowledgement', accesses: [] });
    const opening = `${customer.url}/evidence/${String(evidence?.evidenceId)}/opening`;
    const opened = ok(await service.post(opening, { purpose: 'Dispute D-7' }, market.operator), openedEvidenceAnswer);
    expect(opened.content).toMatchObject({ actor: expect.stringMatching(/^key:/), origin: '127.0.0.1' });
    expect((await list())[0]?.accesses).toEqual([expect.objectContaining({ purpose: 'Dispute D-7', actor: expect.stringMatching(/^key:/) })]);
    expect(codeOf(await service.post(`${customer.url}/evidence/none/opening`, { purpose: 'x' }, market.operator))).toBe('evidence-not-found');
    expect(codeOf(await service.post(opening, { purpose: 'x' }, customer.admin))).toBe('forbidden');
    const [stored] = await query(database.ownerUrl, 'SELECT sealed::text AS sealed FROM sealed_evidence');
    expect(String(stored?.['sealed'])).not.toContain(hexOf('127.0.0.1'));
  });
});

describe('the privacy notice', () => {
  it('is announced thirty days before a substantial change, seven before a minor one, and open to everybody', async () => {
    const publish = (change: string, days: number) => {
      const effectiveOn = new Date(Date.now() + days * 24 * 3_600_000).toISOString().slice(0, 10);
      return service.post('/v1/privacy-notices', { text: `Notice of ${change}.`, change, effectiveOn }, market.operator);
    };
    expect(ok(await publish('minor', 0), privacyNoticeAnswer)).toMatchObject({ version: 1, change: 'first' });
    for (const [change, days] of [['substantial', 29], ['minor', 6]] as const) {
      expect(problem(await publish(change, days))).toMatchObject({ code: 'privacy-notice-too-soon', data: { earliest: expect.any(String) } });
    }
    ok(await publish('substantial', 30), privacyNoticeAnswer);
    ok(await publish('minor', 7), privacyNoticeAnswer);
    ok(await publish('required-by-law', 0), privacyNoticeAnswer);
    expect(ok(await service.get('/v1/privacy-notices'), privacyNoticesAnswer).items.map(({ version, change }) => `${version} ${change}`)).toEqual([
      '4 required-by-law',
      '3 minor',
      '2 substantial',
      '1 first',
    ]);
    const words = await service.get('/v1/privacy-notices/2');
    expect([words.status, words.headers['content-type'], words.text]).toEqual([200, 'text/plain; charset=utf-8', 'Notice of substantial.']);
    for (const version of ['9', '0', 'two', '99999999999999999999']) expect(codeOf(await service.get(`/v1/privacy-notices/${version}`))).toBe('privacy-notice-not-found');
    const early = `INSERT INTO privacy_notice VALUES (9, 'x', sha256('x'), 'substantial', current_date, current_date + 29, 'sys')`;
    await expect(query(database.writerUrl, early)).rejects.toMatchObject({ constraint: 'told_in_time' });
  });
});

describe('what was erased', () => {
  it('is found nowhere in the database, every chain verifies, and replays with the old keys still answer', async () => {
    const idempotencyKey = randomUUID();
    const body = { endUser: END_USER, metadata: { note: NOTE } };
    const booked = await customer.debit('captions', { minutes: '1' }, body, idempotencyKey);
    const { seq, endUser } = (booked.body as { entry: { seq: number; endUser: string } }).entry;
    expect(await dump()).toContain(NOTE);
    expect(await dump()).toContain(PERSON.address);

    const erasure = await ask('erase');
    await identify(erasure);
    ok(await answer(erasure, {}), answeredPrivacyRequest);
    expect((await service.send('DELETE', `${customer.url}/entries/${seq}/metadata`, undefined, { secret: customer.admin })).status).toBe(204);
    expect(codeOf(await service.send('DELETE', `${customer.url}/entries/${seq}/metadata`, undefined, { secret: customer.admin }))).toBe('entry-not-found');
    await service.app.close();
    const rotated = await TestService.start(database.writerUrl, { secrets: { pseudonymKeys: [NEW_KEY] } });
    try {
      const text = await dump();
      for (const trace of [END_USER, NOTE, PERSON.address, 'Jane', hexOf(END_USER), hexOf(NOTE), hexOf(PERSON.address)]) expect(text).not.toContain(trace);
      const report = await verifyLedger({ readerUrl: database.readerUrl });
      expect(report.differences).toEqual([]);
      const secret = customer.backend;
      const again = await rotated.post(`${customer.url}/debits`, { feature: 'captions', usage: { minutes: '1' }, ...body }, { secret, idempotencyKey });
      expect(again).toMatchObject({ status: 201, text: booked.text, headers: { 'idempotency-replayed': 'true' } });
      const next = await rotated.post(`${customer.url}/debits`, { feature: 'captions', usage: { minutes: '1' }, ...body }, { secret });
      const newer = (next.body as { entry: { endUser: string } }).entry.endUser;
      expect(newer).toMatch(/^[0-9a-f]{32}$/);
      expect(newer).not.toBe(endUser);
      const found = async (of: TestService): Promise<number[]> =>
        ok(await of.post(`${customer.url}/end-user-entries`, { endUser: END_USER }, customer.admin), endUserEntriesAnswer).items.map((item) => item.seq);
      const both = await TestService.start(database.writerUrl, { secrets: { pseudonymKeys: [NEW_KEY, Buffer.alloc(32, 7)] } });
      expect(await found(both)).toEqual([seq, expect.any(Number)]);
      await both.stop();
      // The key before is forgotten: what bears its pseudonyms belongs to nobody.
      expect(await found(rotated)).toHaveLength(1);
      expect(await found(rotated)).not.toContain(seq);
      const entry = await rotated.get(`${customer.url}/entries/${seq}`, customer.admin);
      expect(ok(entry, entryWithMetadataAnswer).metadata).toBeNull();
    } finally {
      await rotated.stop();
    }
  });
});
