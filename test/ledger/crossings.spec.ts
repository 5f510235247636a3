import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import type { AlertRule } from '../../src/domain/alert-rule.js';
import type { LedgerEvent } from '../../src/domain/event.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import type { Verdict } from '../../src/ledger/verdict.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

let database: FreshDatabase;
let ledger: Ledger;
let other: Ledger;
let failures: unknown[];

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger, failures } = openLedger(database.writerUrl));
  ({ ledger: other } = openLedger(database.writerUrl));
  await addRateVersion(database.ownerUrl, 'card', 1, { images: { images: '1' } });
});
afterEach(async () => {
  expect(failures.splice(0)).toEqual([]);
  expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
});
afterAll(async () => {
  await Promise.all([ledger.drain(), other.drain()]);
  await database.drop();
});

async function accountWith(credits: string): Promise<LedgerAccount> {
  const account = await LedgerAccount.open(database.ownerUrl, ledger);
  await account.buy('card', ['images'], [{ credits }]);
  return account;
}

function below(ruleId: string, credits: string, more: Partial<AlertRule> = {}): AlertRule {
  return { ruleId, event: 'balance.below', credits, muted: false, mail: 'all', webhooks: true, ...more };
}

let requests = 0;
function setRule(account: LedgerAccount, rule: AlertRule, through: Ledger = ledger): Promise<Verdict> {
  const digest = (requests += 1).toString(16).padStart(32, 'f');
  return account.through(through).execute({ type: 'change-alert-rules', keyDigest: digest, fingerprint: digest, actor: 'key:admin', ruleId: rule.ruleId, rule, mustExist: false });
}

async function eventsOf(account: LedgerAccount, type?: LedgerEvent['type']): Promise<LedgerEvent[]> {
  const rows = await query(database.readerUrl, 'SELECT body FROM outbox WHERE account_id = $1 ORDER BY seq, ordinal', [account.accountId]);
  const events = rows.map(({ body }) => body as unknown as LedgerEvent);
  return type === undefined ? events : events.filter((event) => event.type === type);
}

const crossings = async (account: LedgerAccount): Promise<[string | null, number][]> =>
  (await eventsOf(account, 'balance.below')).map(({ ruleId, seq }) => [ruleId, seq]);

const use = async (account: LedgerAccount, images: string, through: Ledger = ledger): Promise<number> =>
  unwrap(await account.through(through).debit(randomUUID(), 'images', { images })).entry.seq;

describe('a crossing of the balance', () => {
  it('is found by the very entry that causes it, once, until the balance has been above again', async () => {
    const account = await accountWith('100');
    await use(account, '79');
    expect(await crossings(account)).toEqual([]);
    const first = await use(account, '1');
    await use(account, '1');
    expect(await crossings(account)).toEqual([['balance-20', first]]);
    await account.buy('card', ['images'], [{ credits: '100' }]);
    const second = await use(account, '99');
    expect(await crossings(account)).toEqual([['balance-20', first], ['balance-20', second]]);
    const [event] = await eventsOf(account, 'balance.below');
    expect(event).toMatchObject({
      accountId: account.accountId,
      licenseeId: 'licensee',
      route: { mail: 'all', webhooks: true },
      data: { threshold: '20.000000000', share: '0.2', balance: '20.000000000', available: '20.000000000', held: '0.000000000', already: false },
    });
  });

  it('of three thresholds at once is three, the highest first', async () => {
    const account = await accountWith('100');
    for (const [id, credits] of [['a', '40'], ['b', '60'], ['c', '50']] as const) unwrap(await setRule(account, below(id, credits)));
    const seq = await use(account, '65');
    expect(await crossings(account)).toEqual([['b', seq], ['c', seq], ['a', seq]]);
  });

  it('looks at the balance, so that holds do not make it flutter', async () => {
    const account = await accountWith('100');
    unwrap(await account.hold('hold', 'h', '90', { feature: 'images' }));
    unwrap(await account.release('release', 'h'));
    expect(await crossings(account)).toEqual([]);
    unwrap(await account.hold('hold-2', 'h2', '90', { feature: 'images' }));
    const { entry } = unwrap(await account.capture('capture', 'h2', { images: '85' }));
    expect(await crossings(account)).toEqual([['balance-20', entry.seq]]);
  });

  it('is the same whichever instance books, and at the same moment on two', async () => {
    const account = await accountWith('100');
    await use(account, '50', other);
    await Promise.all(Array.from({ length: 20 }, (_, i) => use(account, '2', i % 2 === 0 ? ledger : other)));
    expect((await crossings(account)).map(([ruleId]) => ruleId)).toEqual(['balance-20']);
    await use(account, '6', other);
    expect((await crossings(account)).map(([ruleId]) => ruleId)).toEqual(['balance-20', 'balance-5']);
  });

  it('by a rule made when the balance is below already fires once, with the rule itself', async () => {
    const account = await accountWith('100');
    await use(account, '50');
    const { entry } = unwrap(await setRule(account, below('late', '70'), other));
    expect(await crossings(account)).toEqual([['late', entry.seq]]);
    await use(account, '1');
    // What was only muted, or sent elsewhere, has fired already; a new threshold is a new question.
    unwrap(await setRule(account, below('late', '70', { mail: ['contact-1'] })));
    expect(await crossings(account)).toHaveLength(1);
    unwrap(await setRule(account, below('late', '30')));
    const seq = await use(account, '20');
    expect(await crossings(account)).toEqual([['late', entry.seq], ['late', seq]]);
    const events = await eventsOf(account, 'balance.below');
    expect(events.map(({ data }) => (data as { already: boolean }).already)).toEqual([true, false]);
    // The first message is what it was when it was written.
    expect(events[0]).toMatchObject({ route: { mail: 'all' }, data: { threshold: '70.000000000' } });
  });

  it('of a muted rule is recorded, and sent to nobody', async () => {
    const account = await accountWith('100');
    unwrap(await setRule(account, below('quiet', '50', { muted: true })));
    await use(account, '60');
    expect(await eventsOf(account, 'balance.below')).toMatchObject([{ ruleId: 'quiet', route: { mail: [], webhooks: false } }]);
  });

  it('comes once of a batch that goes down, up and down again, with each entry named', async () => {
    const account = await accountWith('10');
    unwrap(await setRule(account, below('five', '5')));
    await use(account, '5');
    const before = (await crossings(account)).length;
    const results = await Promise.all([use(account, '1'), use(account, '1'), account.grant('up', '20'), use(account, '21')]);
    expect(results).toHaveLength(4);
    expect((await crossings(account)).slice(before).map(([ruleId]) => ruleId)).toEqual(['five', 'balance-20']);
  });
});

describe('what else entries tell', () => {
  it('suspension, resumption, allocation and unfunded usage, in the order in which they happened', async () => {
    const account = await accountWith('10');
    unwrap(await account.debit('all', 'images', { images: '12' }, { mode: 'record' }));
    unwrap(await account.debit('more', 'images', { images: '1' }, { mode: 'record' }));
    await account.buy('card', ['images'], [{ credits: '10' }]);
    expect((await eventsOf(account)).map(({ type, ordinal }) => `${type} ${ordinal}`)).toEqual([
      'credits.allocated 0',
      'balance.below 0',
      'balance.below 1',
      'usage.unfunded 2',
      'account.suspended 0',
      'credits.allocated 0',
      'account.resumed 0',
    ]);
  });

  it('cannot be silenced where the contract asks for it', async () => {
    const account = await accountWith('10');
    const suspended: AlertRule = { ruleId: 'suspended', event: 'account.suspended', muted: true, mail: 'all', webhooks: true };
    expect(await setRule(account, suspended)).toMatchObject({ ok: false, refusal: { code: 'alert-required', pointer: '/muted' } });
    expect(await setRule(account, { ...suspended, muted: false, mail: [] })).toMatchObject({ ok: false, refusal: { code: 'alert-required' } });
    expect(await setRule(account, { ...suspended, ruleId: 'second', muted: false })).toMatchObject({ ok: false, refusal: { code: 'alert-rule-exists' } });
    unwrap(await setRule(account, { ...suspended, muted: false, mail: ['contact-1'] }));
    await use(account, '10');
    expect(await eventsOf(account, 'account.suspended')).toMatchObject([{ route: { mail: ['contact-1'], webhooks: true } }]);
  });
});

describe('the verifier', () => {
  it('names an event that is missing, changed or too much, and a rule that has not fired', async () => {
    const account = await accountWith('100');
    const seq = await use(account, '90');
    const { accountId } = account;
    const differences = async (): Promise<string[]> =>
      (await verifyLedger({ readerUrl: database.readerUrl })).differences.map(({ at, what, expected, found }) => `${at}: ${what}: ${expected.slice(0, 40)} / ${found.slice(0, 40)}`);
    const [row] = await query(database.ownerUrl, `DELETE FROM outbox WHERE account_id = $1 AND seq = $2 RETURNING *`, [accountId, seq]);
    expect(await differences()).toEqual([`entry ${seq}: event 0 in the outbox: balance.below / nothing`]);
    const restore = (body: unknown, ordinal = 0): Promise<unknown> =>
      query(database.ownerUrl, 'INSERT INTO outbox (account_id, seq, ordinal, id, licensee_id, type, body, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8)', [
        accountId, seq, ordinal, ordinal === 0 ? row?.['id'] : randomUUID(), row?.['licensee_id'], row?.['type'], JSON.stringify(body), row?.['at'],
      ]);
    const body = row?.['body'] as unknown as Record<string, unknown>;
    await restore({ ...body, route: { mail: [], webhooks: false } });
    expect(await differences()).toEqual([expect.stringContaining(`entry ${seq}: event 0 in the outbox: {"accountId"`)]);
    await query(database.ownerUrl, 'DELETE FROM outbox WHERE account_id = $1 AND seq = $2', [accountId, seq]);
    await restore(body);
    await restore({ ...body, ordinal: 1 }, 1);
    expect(await differences()).toEqual([`entry ${seq}: event 1 in the outbox: nothing / balance.below`]);
    await query(database.ownerUrl, 'DELETE FROM outbox WHERE account_id = $1 AND seq = $2 AND ordinal = 1', [accountId, seq]);
    await query(database.ownerUrl, 'DELETE FROM alert_fired WHERE account_id = $1', [accountId]);
    expect(await differences()).toEqual([`alert rule balance-20: entry at which it fired: ${seq} / nothing`]);
    await query(database.ownerUrl, `INSERT INTO alert_fired SELECT account_id, 'balance-20', '', seq, at FROM outbox WHERE account_id = $1 AND seq = $2`, [accountId, seq]);
  });
});
