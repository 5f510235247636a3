import type { Command, Grant } from '../../src/domain/command.js';
import { amount } from '../../src/domain/credits.js';
import { MAX_HOLD_TTL_MS } from '../../src/domain/hold.js';
import type { BenchDatabase } from '../harness/database.js';
import { ACTOR, createAccounts, orderFormOf } from './catalogue.js';
import { newDebit, nextUsage } from './debits.js';
import { newHold } from './holds.js';
import { openLedger } from '../subjects/engine.js';
import { randomDigest } from './random.js';

/** Far more than any run uses up. */
const CREDITS_OF_LOT = amount('1000000000');
const CALLERS = 512;

/** Accounts with an order form and some lots, all of it through the write path, so that the verifier can prove it. */
export async function seedAccounts(database: BenchDatabase, accounts: readonly string[], lotsEach: number): Promise<void> {
  await createAccounts(database.admin, accounts);
  await throughLedger(database, async (book) => {
    await inParallel(accounts.length, (at) => book(orderFormOf(accounts[at] as string)));
    await inParallel(accounts.length * lotsEach, (at) => book(grant(accounts[at % accounts.length] as string)));
  });
}

/** Debits until the account has at least that many entries. */
export async function seedHistory(database: BenchDatabase, accountId: string, entries: number): Promise<void> {
  const { rows } = await database.admin.query<{ seq: string }>('SELECT seq FROM account_state WHERE account_id = $1', [accountId]);
  const missing = entries - Number(rows[0]?.seq);
  await throughLedger(database, (book) => inParallel(missing, () => book(newDebit(accountId))));
}

/** Holds that stay open for as long as any run takes. */
export async function seedHolds(database: BenchDatabase, accountId: string, count: number): Promise<void> {
  await throughLedger(database, (book) => inParallel(count, () => book(newHold(accountId, nextUsage(), MAX_HOLD_TTL_MS))));
}

export function grant(accountId: string, credits = CREDITS_OF_LOT): Grant {
  return {
    type: 'grant',
    accountId,
    keyDigest: randomDigest(),
    fingerprint: randomDigest(),
    actor: ACTOR,
    kind: 'promotional',
    credits,
    validThrough: null,
    reason: 'benchmark',
  };
}

async function throughLedger(database: BenchDatabase, work: (book: (command: Command) => Promise<void>) => Promise<void>): Promise<void> {
  const ledger = openLedger(database);
  try {
    await work(async (command) => {
      const verdict = await ledger.execute(command);
      if (!verdict.ok) throw new Error(`${command.type} of ${command.accountId}: ${verdict.refusal.code}: ${verdict.refusal.detail}`);
    });
  } finally {
    await ledger.drain();
  }
}

async function inParallel(count: number, work: (at: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async (): Promise<void> => {
    while (next < count) await work(next++);
  };
  await Promise.all(Array.from({ length: CALLERS }, worker));
}
