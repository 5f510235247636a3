import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { serviceEnvironment } from '../../scripts/service-environment.js';
import { contactAnswer, newEndpointAnswer } from '../../src/http/schemas/telling.js';
import { evidenceListAnswer, openedEvidenceAnswer } from '../../src/http/schemas/privacy.js';
import { contactToken } from '../../src/operations/contact-link.js';
import { parseConfig } from '../../src/platform/config.js';
import { CONTACT_LINKS, derivedKey } from '../../src/platform/sealing.js';
import { command, npmRun, type Ended } from '../support/command.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { query } from '../support/ledger-account.js';
import { Market, type Customer } from '../support/market.js';
import { TestService, ok } from '../support/service.js';
import { WebhookReceiver } from '../support/webhook-receiver.js';

jest.setTimeout(180_000);

const NOTICE = '019a0000-0000-7000-8000-000000000001';

let dataDir: string;
let database: FreshDatabase;
let receiver: WebhookReceiver;
let service: TestService;
let market: Market;
let customer: Customer;
let endpointId: string;
let contactId: string;
let tokenBefore: string;

beforeAll(async () => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'credits-reseal-'));
  database = await freshDatabase();
  receiver = await WebhookReceiver.start();
  service = await start();
  market = await Market.open(service);
  customer = await market.customer({ captions: { minutes: '3' } }, ['100']);
});
afterAll(async () => {
  await service.stop();
  await receiver.stop();
  await database.drop();
  rmSync(dataDir, { recursive: true });
});

const env = (): Record<string, string> => ({ DATABASE_URL: database.ownerUrl, DATA_DIR: dataDir });
/** The keys that a service has that is started now. */
const keysNow = () => {
  const environment = serviceEnvironment({ ...env(), SANDBOX: 'true' }, false);
  const { sealingKeys, evidenceKeys } = parseConfig(environment({ owner: '', reader: '', writer: database.writerUrl })).secrets;
  return { sealingKeys, evidenceKeys };
};
const start = (): Promise<TestService> => TestService.start(database.writerUrl, { secrets: keysNow() });
async function restart(): Promise<void> {
  await service.stop();
  service = await start();
}
const rotate = (which: string, ...more: readonly string[]): Promise<Ended> => npmRun(['rotate-key', '--', which, ...more], env());
const counts = ({ output }: Ended): (string | undefined)[][] => [...output.matchAll(/^ {2}\S+ +(\d+), of them sealed anew (\d+), unreadable (\d+)$/gm)].map((found) => found.slice(1));

/** Everything that the keys are for: a webhook is signed, evidence is opened. */
async function works(): Promise<void> {
  const before = receiver.received.length;
  const answer = await service.post(`${customer.url}/webhooks/${endpointId}/test`, undefined, customer.admin);
  expect([answer.status, receiver.received.length]).toEqual([201, before + 1]);
  expect(receiver.received.at(-1)?.headers['webhook-signature']).toMatch(/^v1,/);
  const { items } = ok(await service.get(`${customer.url}/evidence`, market.operator), evidenceListAnswer);
  const opening = `${customer.url}/evidence/${items[0]?.evidenceId ?? ''}/opening`;
  expect(ok(await service.post(opening, { purpose: 'test' }, market.operator), openedEvidenceAnswer).content).toMatchObject({ origin: '127.0.0.1' });
}
const follow = (token: string) =>
  service.send('POST', `/contacts/verify?token=${token}`, '', { idempotencyKey: null, headers: { 'content-type': 'application/x-www-form-urlencoded' } });

describe('a rotation of SEALING_KEY and EVIDENCE_KEY', () => {
  it('begins with one key, under which there is something', async () => {
    const endpoint = { url: receiver.url('/hooks') };
    ({ endpointId } = ok(await service.post(`${customer.url}/webhooks`, endpoint, customer.admin), newEndpointAnswer));
    ({ contactId } = ok(await service.post(`${customer.url}/contacts`, { name: 'Jane', address: 'jane@acme.example' }, { secret: customer.admin, idempotencyKey: NOTICE }), contactAnswer));
    const [key] = keysNow().sealingKeys;
    tokenBefore = contactToken(derivedKey(key ?? Buffer.alloc(0), CONTACT_LINKS), { contactId, addressVersion: 1 }, Date.now() + 3_600_000);
    const cardId = await market.card({ captions: { minutes: '3' } });
    await customer.sign(cardId, ['captions']);
    await market.version(cardId, { captions: { minutes: '4' } }, '2036-01-01');
    const { items } = (await service.get(`${customer.url}/notices`, customer.admin)).body as { items: { noticeId: string }[] };
    expect((await service.post(`${customer.url}/notices/${items[0]?.noticeId ?? ''}/acknowledge`, {}, customer.admin)).status).toBe(201);
    await works();
  });

  it('opens with the key before what that one has sealed, links that are on their way included', async () => {
    for (const which of ['sealing', 'evidence']) expect(await rotate(which)).toMatchObject({ code: 0, output: expect.stringContaining(`There is a new ${which} key`) });
    expect(Object.values(keysNow()).map(({ length }) => length)).toEqual([2, 2]);
    await restart();
    await works();
    expect((await follow(tokenBefore)).status).toBe(200);
    // What was asked for before is answered as before.
    const again = await service.post(`${customer.url}/contacts`, { name: 'Jane', address: 'jane@acme.example' }, { secret: customer.admin, idempotencyKey: NOTICE });
    expect([again.headers['idempotency-replayed'], ok(again, contactAnswer).contactId]).toEqual(['true', contactId]);
  });

  it('seals everything anew, beside the service and once, and forgets the keys before', async () => {
    const first = await npmRun(['reseal'], env());
    expect([first.code, first.errors, counts(first)]).toEqual([0, '', [['1', '1', '0'], ['1', '1', '0']]]);
    await works();
    const second = await command('reseal', ['--forget'], env());
    expect([second.code, counts(second)]).toEqual([0, [['1', '0', '0'], ['1', '0', '0']]]);
    expect(Object.values(keysNow()).map(({ length }) => length)).toEqual([1, 1]);
    await restart();
    await works();
    expect((await follow(tokenBefore)).status).toBeGreaterThanOrEqual(400);
  });

  it('forgets nothing where something opens with none of the keys, and says so', async () => {
    expect((await rotate('sealing')).code).toBe(0);
    await query(database.ownerUrl, `UPDATE webhook_secret SET sealed_secret = set_byte(sealed_secret, 40, get_byte(sealed_secret, 40) # 1)`);
    const ended = await command('reseal', ['--forget'], env());
    expect([ended.code, counts(ended), ended.output]).toEqual([1, [['1', '0', '1'], ['1', '0', '0']], expect.stringContaining('no key was forgotten')]);
    expect(keysNow().sealingKeys).toHaveLength(2);
    await query(database.ownerUrl, `UPDATE webhook_secret SET sealed_secret = set_byte(sealed_secret, 40, get_byte(sealed_secret, 40) # 1)`);
    expect(await command('reseal', [], env())).toMatchObject({ code: 0 });
  });

  it('ends with 2 and says why, given what it does not understand', async () => {
    const keys = keysNow();
    const hex = (list: readonly Buffer[]): string => list.map((key) => key.toString('hex')).join(',');
    const asked = await Promise.all([
      command('reseal', ['--all'], env()),
      command('reseal', [], { ...env(), SEALING_KEY: 'short' }),
      command('reseal', ['--forget'], { ...env(), SEALING_KEY: hex(keys.sealingKeys) }),
      command('reseal', [], { ...env(), DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' }),
    ]);
    for (const { code, errors } of asked) expect([code, errors]).toEqual([2, expect.stringMatching(/^Nothing more was sealed anew: .+/)]);
    expect(await rotate('sealing', '--forget')).toMatchObject({ code: 1, errors: expect.stringContaining('npm run reseal -- --forget') });
    // Keys of the environment come before those of the folder.
    expect(await command('reseal', [], { ...env(), SEALING_KEY: hex(keys.sealingKeys), EVIDENCE_KEY: hex(keys.evidenceKeys) })).toMatchObject({ code: 0 });
  });
});
