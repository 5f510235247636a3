import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { amount } from '../../src/domain/credits.js';
import { shortDigest } from '../../src/domain/hash-chain.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import type { Verdict } from '../../src/ledger/verdict.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';
import { SeededRandom } from '../support/seeded-random.js';

const RACES = 1_000;
const AT_ONCE = 25;
const ACCOUNTS = 5;
const CREDITS = 100_000;
const LONGEST_MS = 40;

let database: FreshDatabase;
let instances: { ledger: Ledger; failures: unknown[] }[];
const random = new SeededRandom(20_263);

beforeAll(async () => {
  database = await freshDatabase();
  await addRateVersion(database.ownerUrl, 'card', 1, { captions: { minutes: '3' } });
  instances = [openLedger(database.writerUrl), openLedger(database.writerUrl)];
});
afterAll(async () => {
  await Promise.all(instances.map(({ ledger }) => ledger.drain()));
  expect(instances.flatMap(({ failures }) => failures)).toEqual([]);
  await database.drop();
});

function origin(): { keyDigest: string; fingerprint: string; actor: string } {
  return { keyDigest: shortDigest(randomUUID()), fingerprint: shortDigest('race'), actor: 'key:test' };
}

/** What came of one hold: who was told that the end was theirs. */
interface Race {
  readonly accountId: string;
  readonly holdId: string;
  readonly captured: Verdict;
  readonly released: Verdict;
}

/** How long an answer takes at present: a hold lives about as long, so that its expiry comes among the other two. */
let answerMs = 10;

/** Holds 9 credits for some milliseconds, and has them captured (3 of them), released and expired as good as at once. */
async function race(account: LedgerAccount, nth: number): Promise<Race> {
  const holdId = `race-${String(nth)}`;
  const anywhere = (): LedgerAccount => account.through(random.pick(instances).ledger);
  const at = <Result>(act: (through: LedgerAccount) => Promise<Result>): Promise<Result> => {
    const through = anywhere();
    return sleep(random.whole(0, LONGEST_MS)).then(() => act(through));
  };
  const hold = { type: 'place-hold', feature: 'captions', estimate: { credits: amount('9') }, maxCapture: null } as const;
  const before = performance.now();
  unwrap(await anywhere().execute({ ...hold, ...origin(), holdId, ttlMs: random.whole(1, LONGEST_MS + Math.ceil(3 * answerMs)) }));
  answerMs = 0.9 * answerMs + 0.1 * (performance.now() - before);
  const usage = [{ meter: 'minutes', quantity: amount('1') }];
  const [captured, released] = await Promise.all([
    at((through) => through.execute({ type: 'capture-hold', ...origin(), holdId, usage, final: true, endUser: null, metadata: null })),
    at((through) => through.execute({ type: 'release-hold', ...origin(), holdId })),
    at((through) => through.execute({ type: 'run-due', ...origin() })),
  ]);
  return { accountId: account.accountId, holdId, captured, released };
}

it('ends each of 1,000 holds in exactly one way, when capture, release and expiry race for it over two instances', async () => {
  const accounts: LedgerAccount[] = [];
  for (let i = 0; i < ACCOUNTS; i += 1) {
    const account = await LedgerAccount.open(database.ownerUrl, (instances[0] as { ledger: Ledger }).ledger);
    await account.buy('card', ['captions'], [{ credits: String(CREDITS) }]);
    accounts.push(account);
  }
  let next = 0;
  const races: Race[] = [];
  const racer = async (): Promise<void> => {
    while (next < RACES) {
      const nth = next++;
      races.push(await race(accounts[nth % ACCOUNTS] as LedgerAccount, nth));
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, racer));

  // A capture that comes after the expiry is still taken; so one of the two that ask is always told yes, and never both.
  expect(races.filter(({ captured, released }) => captured.ok === released.ok)).toEqual([]);
  for (const { captured, released } of races) {
    const loser = captured.ok ? released : captured;
    expect(loser).toMatchObject({ ok: false, refusal: { code: 'hold-finalized' } });
  }

  const rows = await query(
    database.ownerUrl,
    `SELECT h.account_id, h.hold_id, h.state, string_agg(e.type || CASE WHEN e.detail::text LIKE '%"late":true%' THEN ' (late)' ELSE '' END, ', ' ORDER BY e.seq) AS story,
            sum(p.left_hold) AS left_hold, count(*) FILTER (WHERE p.left_hold > 0) AS ends, sum(p.consumed) AS consumed
       FROM hold AS h JOIN entry AS e ON e.account_id = h.account_id AND e.subject = h.hold_id
      CROSS JOIN LATERAL (
        SELECT coalesce(sum(credits) FILTER (WHERE from_bucket = 'held'), 0) AS left_hold, coalesce(sum(credits) FILTER (WHERE to_bucket = 'consumed'), 0) AS consumed
          FROM posting WHERE account_id = e.account_id AND seq = e.seq) AS p
      GROUP BY h.account_id, h.hold_id, h.state`,
  );
  const stories = new Map<string, number>();
  for (const row of rows) stories.set(`${row['story'] ?? ''}: ${row['state'] ?? ''}`, (stories.get(`${row['story'] ?? ''}: ${row['state'] ?? ''}`) ?? 0) + 1);
  // Each of the ways was taken, and there is no other.
  expect([...stories.keys()].sort()).toEqual(['hold, capture: captured', 'hold, hold-expired, capture (late): captured', 'hold, hold-released: released']);
  expect(rows).toHaveLength(RACES);
  expect(rows.filter((row) => row['left_hold'] !== '9.000000000' || row['ends'] !== '1')).toEqual([]);

  const captures = races.filter(({ captured }) => captured.ok).length;
  const [total] = await query(database.ownerUrl, 'SELECT sum(available) AS available, sum(held) AS held FROM account_state');
  expect(total).toEqual({ available: `${String(CREDITS * ACCOUNTS - 3 * captures)}.000000000`, held: '0.000000000' });
  expect((await verifyLedger({ readerUrl: database.readerUrl })).differences).toEqual([]);
}, 180_000);
