import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { query } from '../support/ledger-account.js';
import { Market, type Customer } from '../support/market.js';
import { REDIS_IS_THERE, startRedis, type TestRedis } from '../support/redis.js';
import { TestService, codeOf, problem } from '../support/service.js';
import { Messages } from '../../src/workers/messages.js';
import { queueBackend } from '../../src/workers/queue-backend.js';
import { QueueWindow } from '../../src/workers/visible-queues.js';

jest.setTimeout(120_000);

if (!REDIS_IS_THERE) process.stderr.write('\nLEFT OUT: there is no redis-server here, so its queues were not looked at (apt-get install redis-server).\n\n');
const BACKENDS = REDIS_IS_THERE ? (['PostgreSQL', 'Redis'] as const) : (['PostgreSQL'] as const);
const MESSAGE = '01890000-0000-7000-8000-000000000001';

describe.each(BACKENDS)('what operators see of the queues, kept in %s', (kind) => {
  let database: FreshDatabase;
  let redis: TestRedis | null = null;
  let service: TestService;
  let queues: QueueWindow;
  let messages: Messages;
  let market: Market;
  let customer: Customer;
  const failures: unknown[] = [];

  beforeAll(async () => {
    database = await freshDatabase();
    redis = kind === 'Redis' ? await startRedis() : null;
    const backend = queueBackend({ redisUrl: redis?.url ?? null, writerUrl: database.writerUrl });
    queues = new QueueWindow(backend, (error) => failures.push(error));
    messages = new Messages(backend, (error) => failures.push(error));
    service = await TestService.start(database.writerUrl, { parts: { queues } });
    market = await Market.open(service);
    customer = await market.customer({ images: { images: '1' } }, ['100']);
    await messages.addOnce([{ id: MESSAGE, accountId: customer.accountId }]);
  });
  afterAll(async () => {
    await service.stop();
    await messages.close();
    await queues.close();
    await redis?.stop();
    await database.drop();
  });

  const metrics = async (secret?: string): Promise<string> => {
    const { status, text } = await service.get('/metrics', secret ?? market.operator);
    expect(status).toBe(200);
    return text;
  };

  it('are metrics: depth of the queues, lag of the outbox, what is parked', async () => {
    await query(
      database.ownerUrl,
      `INSERT INTO credits.delivery (account_id, seq, ordinal, target_kind, target_id, message_id, state, created_at)
       SELECT account_id, seq, ordinal, kind, 'x', id, state, now() - interval '90 seconds' FROM credits.outbox,
              (VALUES ('webhook', 'parked'), ('mail', 'pending')) AS v (kind, state) WHERE account_id = $1 ORDER BY seq LIMIT 2`,
      [customer.accountId],
    );
    await query(database.ownerUrl, `UPDATE credits.outbox SET created_at = now() - interval '10 minutes' WHERE account_id = $1`, [customer.accountId]);
    const text = await metrics();
    expect(text).toContain('credits_queue_jobs{queue="messages",state="waiting"} 1');
    expect(text).toContain('credits_queue_jobs{queue="schedules",state="waiting"} 0');
    expect(text).toContain('credits_queue_up{queue="messages"} 1');
    expect(text).toContain('credits_deliveries_parked{target="webhook"} 1');
    expect(text).toContain('credits_deliveries_pending{target="mail"} 1');
    expect(Number(/credits_delivery_oldest_pending_seconds\{target="mail"\} (\S+)/.exec(text)?.[1])).toBeGreaterThanOrEqual(90);
    expect(Number(/^credits_outbox_lag_seconds (\S+)/m.exec(text)?.[1])).toBeGreaterThanOrEqual(600);
    expect(Number(/^credits_outbox_waiting (\S+)/m.exec(text)?.[1])).toBeGreaterThan(0);
  });

  it('are for a key that can do nothing else, and for operators', async () => {
    const watcher = await service.key(['metrics']);
    await metrics(watcher);
    expect((await service.get('/v1/accounts', watcher)).status).toBe(403);
    expect((await service.get('/metrics', customer.admin)).status).toBe(403);
    expect(codeOf(await service.get('/metrics'))).toBe('unauthenticated');
    expect(codeOf(await service.get('/queues/api/queues', watcher))).toBe('forbidden');
    expect(codeOf(await service.get('/queues/api/queues'))).toBe('unauthenticated');
    const bound = await service.post('/v1/api-keys', { label: 'x', scopes: ['metrics'], accountId: customer.accountId }, market.operator);
    expect(problem(bound)).toMatchObject({ code: 'invalid-request', pointer: '/accountId' });
  });

  it('is a board with the jobs in it, which only reads', async () => {
    const page = await service.get('/queues');
    expect(page.status).toBe(200);
    expect(page.text).toContain('<base href="/queues/" />');
    expect(page.text).not.toMatch(/https?:\/\//);
    expect(page.headers['content-security-policy']).toContain("script-src 'self'");
    const script = /src="(static\/js\/main[^"]+)"/.exec(page.text)?.[1] ?? '';
    expect((await service.get(`/queues/${script}`)).headers['content-type']).toBe('text/javascript; charset=utf-8');
    expect((await service.get('/queues/static/../index.ejs')).status).toBe(404);
    expect((await service.get('/queues/static/%2e%2e/index.ejs')).status).toBe(404);
    const board = (await service.get('/queues/api/queues?activeQueue=messages&status=waiting', market.operator)).body as { queues: { name: string; readOnlyMode: boolean; jobs: { id: string }[] }[] };
    expect(board.queues).toMatchObject([{ name: 'messages', readOnlyMode: true }, { name: 'schedules', readOnlyMode: true }]);
    expect(board.queues[0]?.jobs.map(({ id }) => id)).toEqual([MESSAGE]);
    const job = (await service.get(`/queues/api/queues/messages/${MESSAGE}`, market.operator)).body;
    expect(job).toMatchObject({ job: { id: MESSAGE, data: { messages: [{ id: MESSAGE, accountId: customer.accountId }] } } });
    for (const action of ['pause', 'empty', 'obliterate']) {
      expect((await service.send('PUT', `/queues/api/queues/messages/${action}`, {}, { secret: market.operator })).status).toBeGreaterThanOrEqual(404);
    }
  });

  it('say that a queue is away, and everything else all the same', async () => {
    if (redis === null) return;
    await redis.kill();
    const text = await metrics();
    expect(text).toContain('credits_queue_up{queue="messages"} 0');
    expect(text).toContain('credits_deliveries_parked');
    await redis.start();
  });
});
