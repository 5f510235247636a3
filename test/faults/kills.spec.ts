import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { randomInt } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { amount, ZERO } from '../../src/domain/credits.js';
import { shortDigest } from '../../src/domain/hash-chain.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { startOwnPostgres, type OwnPostgres } from '../support/database.js';
import { KillableService } from '../support/killable-service.js';
import { LedgerAccount, addRateVersion, openLedger, query } from '../support/ledger-account.js';
import { SeededRandom } from '../support/seeded-random.js';

const KILLS = 20;
const CLIENTS = 32;
const ACCOUNTS = 3;

/** What a client was told: that this debit is booked, as this entry. */
interface Acknowledged {
  readonly accountId: string;
  readonly key: string;
  readonly minutes: string;
  readonly seq: number;
  readonly hash: string;
  readonly text: string;
}

interface DebitAnswer {
  readonly entry: { readonly seq: number; readonly hash: string };
}

let postgres: OwnPostgres;
let service: KillableService;
const secrets = new Map<string, string>();

beforeAll(async () => {
  postgres = await startOwnPostgres({ fsync: true });
  await addRateVersion(postgres.ownerUrl, 'card', 1, { captions: { minutes: '0.25' } });
  service = await KillableService.start(postgres.writerUrl);
  const { ledger } = openLedger(postgres.writerUrl);
  for (let i = 0; i < ACCOUNTS; i += 1) {
    const account = await LedgerAccount.open(postgres.ownerUrl, ledger);
    await account.buy('card', ['captions'], [{ credits: '40' }, { credits: '1000000' }]);
    secrets.set(account.accountId, await service.keyFor(postgres.ownerUrl, account.accountId));
  }
  await ledger.drain();
}, 300_000);
afterAll(async () => {
  await service.kill();
  postgres.dispose();
});

/** Sends one debit until somebody says that it is booked. Everything else that is heard has to be a reason to ask again. */
async function debitUntilAcknowledged(accountId: string, key: string, minutes: string): Promise<Acknowledged> {
  for (;;) {
    try {
      const answer = await fetch(`${service.url}/v1/accounts/${accountId}/debits`, {
        method: 'POST',
        headers: {
          authorization: `Bearer ${secrets.get(accountId) ?? ''}`,
          'content-type': 'application/json',
          'idempotency-key': key,
        },
        body: JSON.stringify({ feature: 'captions', usage: { minutes } }),
        signal: AbortSignal.timeout(20_000),
      });
      const text = await answer.text();
      if (answer.status === 201) {
        const { entry } = JSON.parse(text) as DebitAnswer;
        return { accountId, key, minutes, seq: entry.seq, hash: entry.hash, text };
      }
      if (answer.status !== 503) throw new UnexpectedAnswerError(`${String(answer.status)} ${text}`);
    } catch (error) {
      if (error instanceof UnexpectedAnswerError) throw error;
    }
    await sleep(20);
  }
}

class UnexpectedAnswerError extends Error {}

it('keeps every acknowledged debit, once, through 20 kills of service and database under load (SPEC 16.2 to 16.4)', async () => {
  const random = new SeededRandom(randomInt(2 ** 31));
  process.stdout.write(`kills.spec: seed ${String(random.seed)}\n`);
  const accountIds = [...secrets.keys()];
  const acknowledged: Acknowledged[] = [];
  const run = { going: true };
  const going = (): boolean => run.going;
  const clients = Array.from({ length: CLIENTS }, async (_, client) => {
    // Most of them share one hot account.
    const accountId = accountIds[client % 4 === 0 ? 1 + (client % (ACCOUNTS - 1)) : 0] as string;
    for (let n = 0; going(); n += 1) {
      acknowledged.push(await debitUntilAcknowledged(accountId, `c${String(client)}-${String(n)}`, String((n % 9) + 1)));
    }
  });
  const finished = Promise.all(clients);
  finished.catch(() => {
    run.going = false;
  });

  for (let kill = 0; kill < KILLS && going(); kill += 1) {
    const before = acknowledged.length;
    // Under load: only once debits go through again, and then at any moment.
    while (going() && acknowledged.length < before + CLIENTS) await sleep(5);
    await sleep(random.whole(0, 250));
    if (kill % 2 === 0) {
      await service.kill();
      await service.run();
    } else {
      postgres.kill();
      await postgres.restart();
    }
  }
  run.going = false;
  await finished;

  expect(acknowledged.length).toBeGreaterThan(KILLS * CLIENTS);
  for (const accountId of accountIds) {
    const ours = acknowledged.filter((debit) => debit.accountId === accountId);
    const entries = await query(
      postgres.ownerUrl,
      `SELECT seq, type, encode(key_digest, 'hex') AS key, encode(hash, 'hex') AS hash FROM entry WHERE account_id = $1 ORDER BY seq`,
      [accountId],
    );
    expect(entries.map(({ seq }) => Number(seq))).toEqual(entries.map((_, i) => i + 1));
    const debits = entries.filter(({ type }) => type === 'debit');
    const byKey = new Map(debits.map(({ key, seq, hash }) => [key, { seq: Number(seq), hash }]));
    expect(byKey.size).toBe(debits.length);
    // Every client goes on until it is told, so what is booked and what was acknowledged are the same.
    expect(debits).toHaveLength(ours.length);
    expect(ours.filter(({ key, seq, hash }) => byKey.get(shortDigest(key))?.seq !== seq || byKey.get(shortDigest(key))?.hash !== hash)).toEqual([]);
    const used = ours.reduce((sum, { minutes }) => sum.add(amount(minutes).mul('0.25')), ZERO);
    const [state] = await query(postgres.ownerUrl, 'SELECT available FROM account_state WHERE account_id = $1', [accountId]);
    expect(state).toEqual({ available: amount('1000040').sub(used).toFixed(9) });
  }
  expect((await verifyLedger({ readerUrl: postgres.readerUrl })).differences).toEqual([]);

  // Whoever asks again gets the very answer that was given before the kills.
  for (let i = 0; i < 50; i += 1) {
    const earlier = random.pick(acknowledged);
    expect((await debitUntilAcknowledged(earlier.accountId, earlier.key, earlier.minutes)).text).toBe(earlier.text);
  }
  expect(await service.stop()).toBe(0);
}, 360_000);
