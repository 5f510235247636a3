import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import { isPublicAddress, type LookUp } from '../../src/outbound/address-guard.js';
import { WebhookSender, type WebhookAnswer } from '../../src/outbound/webhook-sender.js';

const SECRET = `whsec_${Buffer.alloc(24, 1).toString('base64')}`;
const OLDER = `whsec_${Buffer.alloc(24, 2).toString('base64')}`;

let server: Server;
let port: number;
let answerWith: (request: IncomingMessage, response: ServerResponse) => void;
const received: { headers: IncomingMessage['headers']; body: string; path: string }[] = [];

beforeAll(async () => {
  server = createServer((request, response) => {
    let body = '';
    request.on('data', (chunk: Buffer) => (body += chunk.toString()));
    request.on('end', () => {
      received.push({ headers: request.headers, body, path: request.url ?? '' });
      answerWith(request, response);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  ({ port } = server.address() as AddressInfo);
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});

async function post(url: string, options: Partial<ConstructorParameters<typeof WebhookSender>[0]> = {}): Promise<WebhookAnswer> {
  received.length = 0;
  const sender = new WebhookSender({ allowedHosts: new Set([`127.0.0.1:${port}`]), ...options });
  try {
    return await sender.send({ url, messageId: 'msg-1', body: '{"a":1}', secrets: [SECRET, OLDER], now: Date.now() });
  } finally {
    await sender.close();
  }
}

const here = (path = '/hook'): string => `http://127.0.0.1:${port}${path}`;

describe('a message to a webhook', () => {
  it('is signed as Standard Webhooks has it, by every live secret', async () => {
    answerWith = (_request, response) => response.end('thanks');
    expect(await post(here())).toMatchObject({ status: 200, excerpt: 'thanks', forbidden: false });
    const [message] = received;
    expect(message?.headers['webhook-id']).toBe('msg-1');
    for (const secret of [SECRET, OLDER]) {
      expect(new Webhook(secret).verify(message?.body ?? '', message?.headers as Record<string, string>)).toEqual({ a: 1 });
    }
    const stranger = new Webhook(`whsec_${Buffer.alloc(24, 3).toString('base64')}`);
    expect(() => stranger.verify(message?.body ?? '', message?.headers as Record<string, string>)).toThrow();
  });

  it('follows no redirect', async () => {
    answerWith = (_request, response) => response.writeHead(302, { location: here('/elsewhere') }).end();
    expect(await post(here())).toMatchObject({ status: 302 });
    expect(received.map(({ path }) => path)).toEqual(['/hook']);
  });

  it('reads the first bytes of an answer only, however long it is', async () => {
    answerWith = (_request, response) => {
      response.write('x'.repeat(500_000));
      // It never ends.
    };
    const answer = await post(here());
    expect([answer.status, answer.excerpt]).toEqual([200, 'x'.repeat(1_024)]);
  });

  it('gives up on whoever never answers, or drips', async () => {
    answerWith = () => undefined;
    expect(await post(here(), { timeoutMs: 300 })).toMatchObject({ status: null, excerpt: 'no answer in time', forbidden: false });
    answerWith = (_request, response) => {
      const timer = setInterval(() => response.write('.'), 50);
      response.on('close', () => {
        clearInterval(timer);
      });
    };
    const answer = await post(here(), { timeoutMs: 400 });
    expect(answer.durationMs).toBeLessThan(5_000);
  });

  it('says when nobody listens', async () => {
    const answer = await post('http://127.0.0.1:1/', { allowedHosts: new Set(['127.0.0.1']) });
    expect(answer).toMatchObject({ status: null, forbidden: false });
    expect(answer.excerpt).toMatch(/ECONNREFUSED/);
  });
});

describe('the guard against inside addresses', () => {
  const resolvingTo =
    (...answers: readonly (readonly string[])[]): LookUp & { asked: number } =>
    {
      const lookUp = Object.assign(
        ((_hostname, callback) => {
          const addresses = answers[Math.min(lookUp.asked, answers.length - 1)] ?? [];
          lookUp.asked += 1;
          callback(null, addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));
        }) as LookUp,
        { asked: 0 },
      );
      return lookUp;
    };

  it.each(['127.0.0.1', '::1', '::ffff:10.0.0.1', '::ffff:a00:1', '169.254.169.254', '10.1.2.3', '172.16.0.1', '192.168.1.1', '100.100.100.200', '0.0.0.0', 'fd00:ec2::254', 'fe80::1', '64:ff9b::7f00:1', '2002:7f00:1::', '168.63.129.16', '255.255.255.255', '224.0.0.1'])(
    'refuses a name that resolves to %s, and the address itself',
    async (address) => {
      answerWith = (_request, response) => response.end('inside');
      expect(isPublicAddress(address)).toBe(false);
      expect(await post('https://hook.example/', { lookUp: resolvingTo([address]) })).toMatchObject({ status: null, forbidden: true });
      const literal = address.includes(':') ? `[${address}]` : address;
      expect(await post(`https://${literal}/`)).toMatchObject({ status: null, forbidden: true });
      expect(received).toEqual([]);
    },
  );

  it.each(['93.184.215.14', '2606:2800:21f:cb07:6820:80da:af6b:8b2c'])('knows %s for a public one', (address) => {
    expect(isPublicAddress(address)).toBe(true);
  });

  it.each(['https://2130706433/', 'https://0177.0.0.1/', 'https://0x7f.1/', 'https://127.1/', 'https://[::ffff:127.0.0.1]/'])('is not fooled by %s', async (url) => {
    expect(await post(url)).toMatchObject({ status: null, forbidden: true });
  });

  it('refuses a name with one inside address among public ones', async () => {
    expect(await post('https://hook.example/', { lookUp: resolvingTo(['93.184.215.14', '10.0.0.1']) })).toMatchObject({ forbidden: true });
  });

  it('connects to what it judged: a name that changes between two look-ups gains nothing', async () => {
    answerWith = (_request, response) => response.end('as judged');
    const rebinding = resolvingTo(['127.0.0.1'], ['10.0.0.1']);
    const named = { lookUp: rebinding, allowedHosts: new Set([`dev.example:${port}`]) };
    expect(await post(`http://dev.example:${port}/`, named)).toMatchObject({ status: 200, excerpt: 'as judged' });
    expect(rebinding.asked).toBe(1);
    // What is refused is refused by its first look-up, and there is no second one.
    const other = resolvingTo(['127.0.0.1'], ['93.184.215.14']);
    expect(await post('https://hook.example/', { lookUp: other })).toMatchObject({ forbidden: true });
    expect(other.asked).toBe(1);
  });

  it('refuses plain http, but for hosts that the deployment names', async () => {
    expect(await post('http://hook.example/')).toMatchObject({ forbidden: true, excerpt: 'only https is allowed' });
    answerWith = (_request, response) => response.end('mine');
    const named = { lookUp: resolvingTo(['127.0.0.1']), allowedHosts: new Set([`dev.example:${port}`]) };
    expect(await post(`http://dev.example:${port}/`, named)).toMatchObject({ status: 200, excerpt: 'mine' });
    expect(await post(`http://dev.example:${port + 1}/`, named)).toMatchObject({ forbidden: true });
  });

  it('does not follow a redirect inside', async () => {
    answerWith = (_request, response) => response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    expect(await post(here())).toMatchObject({ status: 307, forbidden: false });
    expect(received).toHaveLength(1);
  });
});
