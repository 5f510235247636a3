import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { problemAnswer } from '../../src/http/schemas/answers.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { Market, type Customer } from '../support/market.js';
import { TestService } from '../support/service.js';

let database: FreshDatabase;
let service: TestService;
let customer: Customer;

beforeAll(async () => {
  database = await freshDatabase();
  service = await TestService.start(database.writerUrl);
  customer = await (await Market.open(service)).customer({ captions: { minutes: '3' } }, ['1000']);
  await service.app.listen({ host: '127.0.0.1', port: 0 });
});

afterAll(async () => {
  await service.stop();
  await database.drop();
});

/** Sends bytes, and answers all that comes back until the connection ends, or nothing more comes for a while. */
function exchange(bytes: string, quietMs = 1_000): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(Number(new URL(service.url).port), '127.0.0.1');
    let text = '';
    const done = (): void => {
      socket.destroy();
      resolve(text);
    };
    socket.setTimeout(quietMs, done);
    socket.on('data', (chunk) => (text += chunk.toString('latin1')));
    socket.on('error', done);
    socket.on('close', done);
    socket.write(Buffer.from(bytes, 'latin1'));
  });
}

const BODY = '{"feature":"captions","usage":{"minutes":"1"}}';
const debit = (headers: string, body = BODY, line = `POST ${customer.url}/debits HTTP/1.1`): string =>
  `${line}\r\nhost: x\r\nauthorization: Bearer ${customer.backend}\r\nidempotency-key: k\r\ncontent-type: application/json\r\n${headers}\r\n\r\n${body}`;
const length = (of: number): string => `content-length: ${String(of)}`;

async function booked(): Promise<number> {
  const [row] = await service.database.query<{ n: number }[]>(`SELECT count(*)::int AS n FROM entry WHERE type = 'debit'`);
  return row?.n ?? -1;
}

describe('bytes that no client sends', () => {
  it.each<[string, () => string]>([
    ['two lengths', () => debit(`${length(BODY.length)}\r\n${length(0)}`)],
    ['a length and chunks: one request for a proxy, two for us', () => debit(`${length(4)}\r\ntransfer-encoding: chunked`, `0\r\n\r\n${BODY}`)],
    ['chunks in disguise', () => debit(`transfer-encoding: xchunked\r\n${length(BODY.length)}`)],
    ['a length that is no number', () => debit('content-length: +46')],
    ['a negative length', () => debit('content-length: -1')],
    ['chunks with a wrong size', () => debit('transfer-encoding: chunked', `zz\r\n${BODY}\r\n0\r\n\r\n`)],
    ['a header folded over two lines', () => debit(`x-folded: a\r\n b\r\n${length(BODY.length)}`).replace('idempotency-key: k', 'idempotency-key: k\r\n l')],
    ['a line end inside of a header', () => debit(length(BODY.length)).replace('idempotency-key: k', 'idempotency-key: k\nx-injected: 1\r')],
    ['a NUL inside of a header', () => debit(length(BODY.length)).replace('idempotency-key: k', 'idempotency-key: k\0')],
    ['a space before the colon', () => debit(length(BODY.length)).replace('idempotency-key: k', 'idempotency-key : k')],
    ['an address with a space', () => debit(length(BODY.length), BODY, `POST ${customer.url}/deb its HTTP/1.1`)],
    ['another protocol', () => debit(length(BODY.length), BODY, `POST ${customer.url}/debits HTTP/9.9`)],
    ['TLS', () => '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['binary noise', () => Array.from({ length: 300 }, (_, i) => String.fromCharCode((i * 151) % 256)).join('')],
    ['headers without end', () => debit(`x-long: ${'a'.repeat(40_000)}\r\n${length(BODY.length)}`)],
    ['an address without end', () => debit(length(BODY.length), BODY, `POST ${customer.url}/debits?${'a'.repeat(40_000)} HTTP/1.1`)],
    ['half a request, and then silence', () => debit(length(BODY.length + 10))],
  ])('%s', async (_, bytes) => {
    const before = await booked();
    const text = await exchange(bytes());
    expect(await booked()).toBe(before);
    expect(text).not.toMatch(/^x-injected/im);
    // No answer at all is fine: nothing of a request was there. What is answered is one problem, and never a success or a failure.
    const statuses = [...text.matchAll(/^HTTP\/1\.1 (\d+)/gm)].map(([, status]) => Number(status));
    expect(statuses.filter((status) => status < 400 || status >= 500)).toEqual([]);
    const body = /\r\n\r\n(\{.*\})/s.exec(text)?.[1];
    if (statuses.length > 0) expect(problemAnswer.parse(JSON.parse(body ?? '')).status).toBe(statuses[0]);
  });

  it('with too much of a header get a problem that says so', async () => {
    expect(await exchange(`GET /health/live HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`)).toMatch(/^HTTP\/1\.1 431 .*"code":"headers-too-large"/s);
    expect(await exchange('GARBAGE\r\n\r\n')).toMatch(/^HTTP\/1\.1 400 .*"code":"malformed-request"/s);
  });

  it('leave a service that works', async () => {
    expect(await exchange(debit(length(BODY.length)))).toMatch(/^HTTP\/1\.1 201 /);
  });

  it('a client that never finishes its headers is told so, and let go', async () => {
    const server = service.app.getHttpServer() as { emit(event: string, ...args: unknown[]): boolean; headersTimeout: number; requestTimeout: number };
    expect([server.headersTimeout > 0, server.requestTimeout > 0]).toEqual([true, true]);
    const slow = exchange('GET /health/live HTTP/1.1\r\nhost: x\r\n', 3_000);
    const socket = await new Promise((resolve) => (service.app.getHttpServer() as NodeJS.EventEmitter).once('connection', resolve));
    server.emit('clientError', Object.assign(new Error('late'), { code: 'ERR_HTTP_REQUEST_TIMEOUT' }), socket);
    expect(await slow).toMatch(/^HTTP\/1\.1 408 .*"code":"request-timeout"/s);
  });
});
