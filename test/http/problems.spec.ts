import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { ERROR_CODES, type ErrorCode } from '../../src/domain/errors.js';
import { PROBLEMS } from '../../src/http/problems/problem-table.js';
import { bookedAnswer, rateVersionAnswer } from '../../src/http/schemas/answers.js';
import { withClient } from '../../src/postgres/connection.js';
import { CuttingProxy } from '../support/cutting-proxy.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, featuresOf, orderForm, type Customer } from '../support/market.js';
import { TestService, ok, problem, type Answer } from '../support/service.js';

/** Answers of the ledger to the service's own commands, which no request can cause, or which become a break. */
const NEVER_LEAVE_THE_SERVICE: readonly string[] = ['link-invalid', 'nothing-due', 'notice-exists', 'reversal-exceeds-payment'];

jest.setTimeout(60_000);

let database: FreshDatabase;
let service: TestService;
let market: Market;
let customer: Customer;
let cardId: string;
/** Every code that some test of this file was answered with. */
const seen = new Set<ErrorCode>();

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  market = await Market.open(service);
  cardId = await market.card({ captions: { minutes: '3' } });
  customer = await market.account();
  await customer.sign(cardId, ['captions'], { features: [{ feature: 'captions', mode: 'credits', maxQuantity: { minutes: '500' } }] });
  await customer.buy('100');
});

afterAll(async () => {
  await service.stop();
  await database.drop();
});

function expectProblem(answer: Answer, code: ErrorCode): void {
  expect(problem(answer).code).toBe(code);
  expect(answer.status).toBe(PROBLEMS[code].status);
  if (PROBLEMS[code].retryAfter !== undefined) expect(answer.headers['retry-after']).toBe(String(PROBLEMS[code].retryAfter));
  seen.add(code);
}

describe('each code, over HTTP', () => {
  const operator = (url: string, body: unknown): Promise<Answer> => service.post(url, body, market.operator);
  const requests: Readonly<Partial<Record<ErrorCode, () => Promise<Answer>>>> = {
    'account-exists': () => operator('/v1/accounts', { accountId: customer.accountId, licenseeId: 'acme' }),
    'account-not-found': () => service.get('/v1/accounts/nobody/balance', market.operator),
    'account-suspended': async () => {
      const other = await market.customer({ captions: { minutes: '3' } }, ['10'], { suspendAtBalance: '8' });
      ok(await other.debit('captions', { minutes: '1' }), bookedAnswer);
      return other.debit('captions', { minutes: '1' });
    },
    'amount-out-of-range': () =>
      operator(`${customer.url}/grants`, { kind: 'trial', credits: '9'.repeat(29), reason: 'too much' }),
    'api-key-not-found': () => service.send('DELETE', '/v1/api-keys/none', undefined, { secret: market.operator }),
    'business-clock-not-advanceable': () => operator('/v1/clock/advance', { to: '2001-01-01T00:00:00Z' }),
    'currency-mismatch': async () => {
      const { purchase } = await customer.place('10');
      const withheld = { amount: '0.10', currency: 'USD', certificate: 'C-1' };
      return service.post(`${customer.url}/purchases/${purchase.purchaseId}/withholding`, withheld, market.finance);
    },
    'entry-not-found': () => service.get(`${customer.url}/entries/999999`, customer.admin),
    'feature-not-ordered': () => customer.debit('avatar.vod', { minutes: '1' }),
    forbidden: () => service.get(`${customer.url}/balance`, customer.backend),
    'idempotency-key-reused': async () => {
      const key = randomUUID();
      ok(await customer.debit('captions', { minutes: '1' }, {}, key), bookedAnswer);
      return customer.debit('captions', { minutes: '2' }, {}, key);
    },
    'insufficient-credits': () => customer.debit('captions', { minutes: '400' }),
    'invalid-amount': () => customer.debit('captions', { minutes: '1e3' }),
    'invalid-idempotency-key': () => customer.debit('captions', { minutes: '1' }, {}, 'sys:mine'),
    'invalid-request': () => customer.debit('captions', { minutes: '1' }, { colour: 'blue' }),
    'invalid-usage': () => customer.debit('captions', {}),
    'licensee-exists': () => operator('/v1/licensees', { licenseeId: 'acme', legalName: 'Acme' }),
    'licensee-not-found': () => service.get('/v1/licensees/nobody', market.operator),
    'malformed-json': () => operator('/v1/licensees', '{"licenseeId":'),
    'method-not-allowed': () => service.send('PUT', `${customer.url}/debits`, {}, { secret: customer.backend }),
    'no-rate-for-meter': () => customer.debit('captions', { hours: '1' }),
    'not-found': () => service.get('/v2/nothing', market.operator),
    'not-reversible': () => operator(`${customer.url}/entries/1/reversal`, { reason: 'x' }),
    'notice-not-found': () => service.post(`${customer.url}/notices/none/acknowledge`, undefined, customer.admin),
    'notice-period-too-short': async () => {
      const effectiveDate = new Date().toISOString().slice(0, 10);
      const features = featuresOf({ captions: { minutes: '4' } });
      const { version } = ok(await operator(`/v1/rate-cards/${cardId}/versions`, { effectiveDate, features }), rateVersionAnswer);
      return market.publish(cardId, version);
    },
    'occurred-at-out-of-range': () => customer.debit('captions', { minutes: '1' }, { occurredAt: '2019-12-31T23:59:59Z' }),
    'order-form-exists': async () => {
      const number = `OF-${randomUUID()}`;
      await customer.sign(cardId, ['captions'], { number });
      return customer.trySigning(cardId, ['captions'], { number });
    },
    'order-form-not-found': () => service.get(`${customer.url}/order-forms/none`, customer.admin),
    'payload-too-large': () => customer.debit('captions', { minutes: '1' }, { metadata: { text: 'x'.repeat(1_100_000) } }),
    'payment-conflict': async () => {
      const { purchase } = await customer.place('10');
      const providerPaymentId = randomUUID();
      await customer.pay(purchase.purchaseId, '0.10', { providerPaymentId });
      return customer.pay(purchase.purchaseId, '0.20', { providerPaymentId });
    },
    'purchase-not-found': () => service.get(`${customer.url}/purchases/none`, customer.admin),
    'purchase-not-payable': async () => {
      const { payment } = await customer.buy('10');
      return service.post(`${customer.url}/purchases/${payment.purchaseId}/write-off`, { reason: 'x' }, market.finance);
    },
    'quantity-too-large': async () => {
      const other = await market.account();
      await other.sign(cardId, ['captions'], { features: [{ feature: 'captions', mode: 'credits', maxQuantity: { minutes: '5' } }] });
      return other.debit('captions', { minutes: '6' });
    },
    'rate-card-exists': () => operator('/v1/rate-cards', { cardId, name: 'Again' }),
    'rate-card-not-found': () => service.get('/v1/rate-cards/none', market.operator),
    'rate-rounds-to-zero': () =>
      operator(`/v1/rate-cards/${cardId}/versions`, { effectiveDate: '2030-01-01', features: featuresOf({ captions: { minutes: '0.0000000001' } }) }),
    'rate-version-not-found': () => service.get(`/v1/rate-cards/${cardId}/versions/77`, market.operator),
    'rate-version-not-published': async () => {
      const features = featuresOf({ captions: { minutes: '4' } });
      const draft = ok(await operator(`/v1/rate-cards/${cardId}/versions`, { effectiveDate: '2035-01-01', features }), rateVersionAnswer);
      return customer.trySigning(cardId, ['captions'], { rateVersion: String(draft.version) });
    },
    'reversal-exceeds-debit': async () => {
      const { entry } = ok(await customer.debit('captions', { minutes: '1' }), bookedAnswer);
      ok(await operator(`${customer.url}/entries/${entry.seq}/reversal`, { share: '0.6', reason: 'x' }), bookedAnswer);
      return operator(`${customer.url}/entries/${entry.seq}/reversal`, { share: '0.6', reason: 'x' });
    },
    'term-ended': async () => {
      const other = await market.account();
      await other.sign(cardId, ['captions'], { termStart: '2021-01-01', termEnd: '2021-12-31' });
      return other.debit('captions', { minutes: '1' });
    },
    unauthenticated: () => service.get(`${customer.url}/balance`, 'kac_this-is-no-key-of-anybody'),
    'unsupported-media-type': () =>
      service.post('/v1/licensees', 'a=b', { secret: market.operator, headers: { 'content-type': 'application/x-www-form-urlencoded' } }),
  };

  it.each(Object.entries(requests))('%s', async (code, request) => {
    expectProblem(await request(), code as ErrorCode);
  });

  it('account-busy: somebody else keeps the account locked', async () => {
    const impatient = await TestService.start(database.writerUrl, { ledger: { patienceMs: 300 } });
    await withClient({ url: database.ownerUrl, applicationName: 'test-lock' }, async (client) => {
      await client.query('BEGIN');
      await client.query('SELECT 1 FROM credits.account_state WHERE account_id = $1 FOR UPDATE', [customer.accountId]);
      const backend = await impatient.key(['usage:write'], customer.accountId);
      const body = { feature: 'captions', usage: { minutes: '1' } };
      expectProblem(await impatient.post(`${customer.url}/debits`, body, backend), 'account-busy');
    });
    await impatient.stop();
  });

  it('overloaded: more wait than the service takes', async () => {
    const narrow = await TestService.start(database.writerUrl, { ledger: { lanes: 1, queueLimit: 1, batchLimit: 1 } });
    const backend = await narrow.key(['usage:write'], customer.accountId);
    const body = { feature: 'captions', usage: { minutes: '0' } };
    const answers = await Promise.all(Array.from({ length: 20 }, () => narrow.post(`${customer.url}/debits`, body, backend)));
    const refused = answers.find(({ status }) => status === 503);
    if (refused === undefined) throw new Error('nothing was refused');
    expectProblem(refused, 'overloaded');
    await narrow.stop();
  });

  it('outcome-unknown: the database is lost at COMMIT and does not come back in time', async () => {
    const proxy = await CuttingProxy.start(database.writerUrl);
    const cut = await TestService.start(database.writerUrl, { ledgerUrl: proxy.url, ledger: { patienceMs: 500 } });
    const backend = await cut.key(['usage:write'], customer.accountId);
    const post = (key: string): Promise<Answer> =>
      cut.post(`${customer.url}/debits`, { feature: 'captions', usage: { minutes: '1' } }, { secret: backend, idempotencyKey: key });
    ok(await post(randomUUID()), bookedAnswer);
    const key = randomUUID();
    proxy.cutAtCommit('after-commit');
    const answer = post(key);
    while (proxy.cuts === 0) await new Promise((resolve) => setTimeout(resolve, 1));
    await proxy.close();
    expectProblem(await answer, 'outcome-unknown');
    // Booked or not: the same request under the same key books it once.
    const first = await customer.debit('captions', { minutes: '1' }, {}, key);
    const second = await customer.debit('captions', { minutes: '1' }, {}, key);
    expect([first.status, second.text]).toEqual([201, first.text]);
    await cut.stop();
  });

  it('database-unavailable: the ledger cannot be reached, or the catalogue cannot', async () => {
    const away = 'postgres://credits_writer:x@127.0.0.1:1/none';
    const cut = await TestService.start(database.writerUrl, { ledgerUrl: away, ledger: { patienceMs: 300 } });
    const backend = await cut.key(['usage:write'], customer.accountId);
    const body = { feature: 'captions', usage: { minutes: '1' } };
    expectProblem(await cut.post(`${customer.url}/debits`, body, backend), 'database-unavailable');
    expectProblem(await cut.post(`${customer.url}/debits/quote`, body, backend), 'database-unavailable');
    await cut.stop();
  });

  it('internal-error: nothing of what went wrong is told to the caller', async () => {
    await withClient({ url: database.ownerUrl, applicationName: 'test-break' }, (client) =>
      client.query(`
        CREATE FUNCTION credits.fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'secret words'; END $$;
        CREATE TRIGGER fail BEFORE INSERT ON credits.entry FOR EACH ROW WHEN (NEW.feature = 'failing') EXECUTE FUNCTION credits.fail()`),
    );
    const other = await market.customer({ failing: { minutes: '1' } }, ['10']);
    const answer = await other.debit('failing', { minutes: '1' });
    expectProblem(answer, 'internal-error');
    expect(answer.text).not.toContain('secret');
    expect(await other.balance()).toBe('10.000000000');
  });

  it('shutting-down: the service is draining, or its ledger is', async () => {
    let draining = false;
    const ending = await TestService.start(database.writerUrl, { parts: { draining: () => draining } });
    const backend = await ending.key(['usage:write'], customer.accountId);
    const body = { feature: 'captions', usage: { minutes: '1' } };
    draining = true;
    const answer = await ending.post(`${customer.url}/debits`, body, backend);
    expectProblem(answer, 'shutting-down');
    expect(answer.headers['connection']).toBe('close');
    expect((await ending.get('/health/live')).status).toBe(200);
    draining = false;
    await ending.ledger.drain();
    expectProblem(await ending.post(`${customer.url}/debits`, body, backend), 'shutting-down');
    await ending.stop();
  });

  it('are all of them, here or in the story that they belong to', () => {
    const stories = ['.', '../books', '../contract', '../hostile']
      .map((folder) => new URL(`${folder}/`, import.meta.url))
      .filter((folder) => existsSync(folder))
      .flatMap((folder) => readdirSync(folder).map((name) => readFileSync(new URL(name, folder), 'utf8')));
    const shown = (code: ErrorCode): boolean => seen.has(code) || stories.some((story) => story.includes(`'${code}'`) || story.includes(`"code":"${code}"`));
    expect(ERROR_CODES.filter((code) => !shown(code) && !NEVER_LEAVE_THE_SERVICE.includes(code))).toEqual([]);
  });
});

describe('a problem', () => {
  it('has a type that leads to what it means', async () => {
    for (const code of ERROR_CODES) {
      const { status, body } = await service.get(`/problems/${code}`);
      expect([status, body]).toEqual([200, { type: `/problems/${code}`, code, status: PROBLEMS[code].status, title: PROBLEMS[code].title, worthAnotherTry: PROBLEMS[code].retryAfter !== undefined }]);
    }
    expect((await service.get('/problems/none')).status).toBe(404);
  });

  it('names every part of a request that is wrong', async () => {
    const refused = problem(await service.post(`${customer.url}/order-forms`, orderForm(cardId, ['captions'], { unitPrice: '1e3', currency: 'XXQ', timeZone: 'Mars/Olympus' }), market.operator));
    expect(refused.errors?.map(({ pointer }) => pointer)).toEqual(['/timeZone', '/unitPrice', '/currency']);
  });

  it('tells the methods that an address takes', async () => {
    const { headers } = await service.send('DELETE', `${customer.url}/purchases`, undefined, { secret: customer.admin });
    expect(headers['allow']).toBe('GET, HEAD, POST');
  });

  it('has an instance of its own each time', async () => {
    const [a, b] = [problem(await service.get('/v2')), problem(await service.get('/v2'))];
    expect(a.instance).not.toBe(b.instance);
  });
});
