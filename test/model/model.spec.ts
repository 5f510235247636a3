import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import pg from 'pg';
import type { Command } from '../../src/domain/command.js';
import { formatCredits } from '../../src/domain/credits.js';
import { genesisHash, sha256 } from '../../src/domain/hash-chain.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import type { Verdict } from '../../src/ledger/verdict.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { openLedger } from '../support/ledger-account.js';
import { SeededRandom } from '../support/seeded-random.js';
import { brokenInvariants } from './invariants.js';
import { ModelAccount, type ModelLot } from './model-account.js';
import { carryOut } from './model-commands.js';
import { CARD, VERSIONS, documentOf } from './rates.js';
import { commandOf } from './wish-command.js';
import type { Wish } from './wish.js';
import { Wishes } from './wishes.js';

/**
 * Random commands of all kinds that move credits or money, through the real ledger on a real database, against the model (notices,
 * periods, disputes and alert rules have tests of their own). Each step is a batch for one
 * account, so that several commands are settled in one transaction. `MODEL_STEPS` and `MODEL_SEED` play longer, or again.
 */
const STEPS = Number(process.env['MODEL_STEPS'] ?? 300);
const SEED = Number(process.env['MODEL_SEED'] ?? 41);
const ACCOUNTS = 4;
const STEPS_OF_AN_ACCOUNT = 120;

let database: FreshDatabase;
let client: pg.Client;
/** Two instances: what one remembers of an account, the other has changed since. */
let ledgers: Ledger[];
let failures: unknown[][];

beforeAll(async () => {
  database = await freshDatabase();
  client = new pg.Client({ connectionString: database.ownerUrl, options: '-c search_path=credits' });
  await client.connect();
  const opened = [openLedger(database.writerUrl), openLedger(database.writerUrl, { batchLimit: 3 })];
  ledgers = opened.map(({ ledger }) => ledger);
  failures = opened.map((of) => of.failures);
  await client.query('INSERT INTO rate_card VALUES ($1, $1, now())', [CARD]);
  for (const version of Object.keys(VERSIONS).map(Number)) {
    const text = documentOf(version);
    await client.query(
      `INSERT INTO rate_version (card_id, version, effective_date, content, content_hash, state, created_at, published_at)
       VALUES ($1, $2, '2020-01-01', $3, decode($4, 'hex'), 'published', now(), now())`,
      [CARD, version, text, sha256(text)],
    );
  }
  await client.query(`INSERT INTO licensee VALUES ('licensee', 'Licensee', now())`);
});
afterAll(async () => {
  await Promise.all(ledgers.map((ledger) => ledger.drain()));
  await client.end();
  await database.drop();
});

async function openAccount(accountId: string): Promise<void> {
  await client.query(`INSERT INTO account VALUES ($1, 'licensee', now())`, [accountId]);
  await client.query(`INSERT INTO account_state (account_id, head_hash, last_recorded_at) VALUES ($1, decode($2, 'hex'), to_timestamp(0))`, [
    accountId,
    genesisHash(accountId),
  ]);
}

async function businessTime(): Promise<number> {
  const { rows } = await client.query<{ now: string }>('SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + offset_ms AS now FROM business_clock');
  return Number(rows[0]?.now);
}

/** What the service keeps of an account, and what the model does, in the same words. */
async function kept(accountId: string): Promise<unknown> {
  const rows = async (text: string): Promise<Record<string, unknown>[]> => (await client.query<Record<string, unknown>>(text, [accountId])).rows;
  const [state] = await rows('SELECT available, held, status, standing FROM account_state WHERE account_id = $1');
  return {
    state,
    lots: await rows('SELECT kind, rate_version, issued, available, held, consumed, lapsed, frozen, withdrawn, transferred, condition, freeze_owed FROM lot WHERE account_id = $1 ORDER BY lot_id'),
    holds: await rows('SELECT hold_id, state, captured, expires_at FROM hold WHERE account_id = $1 ORDER BY hold_id'),
    purchases: await rows('SELECT purchase_id, state, paid::float8::text AS paid FROM purchase WHERE account_id = $1 ORDER BY purchase_id'),
  };
}

function expected(account: ModelAccount): unknown {
  const byName = (a: [string, unknown], b: [string, unknown]): number => (a[0] < b[0] ? -1 : 1);
  const { operator, credit, term, closed } = account;
  const suspension = operator && { cutsOffRunningWork: operator.cutsOff, reason: 'law', reference: 'case' };
  return {
    state: {
      available: account.available.toFixed(9),
      held: account.held.toFixed(9),
      status: account.status,
      standing: { closed, credit, operator: suspension, term },
    },
    lots: account.lots.map((lot) => ({
      kind: lot.kind,
      rate_version: `${CARD}@${lot.version}`,
      issued: lot.issued.toFixed(9),
      available: lot.available.toFixed(9),
      held: lot.held.toFixed(9),
      consumed: lot.consumed.toFixed(9),
      lapsed: lot.lapsed.toFixed(9),
      frozen: lot.frozen.toFixed(9),
      withdrawn: lot.withdrawn.toFixed(9),
      transferred: lot.transferred.toFixed(9),
      condition: lot.condition,
      freeze_owed: lot.owed.toFixed(9),
    })),
    holds: [...account.holds].sort(byName).map(([hold_id, { state, captured, expiresAt }]) => ({
      hold_id,
      state,
      captured: captured.toFixed(9),
      expires_at: new Date(expiresAt),
    })),
    purchases: [...account.purchases].sort(byName).map(([purchase_id, { state, paid }]) => ({ purchase_id, state, paid: paid.toFixed() })),
  };
}

function answerOf(verdict: Verdict): unknown {
  if (!verdict.ok) return { code: verdict.refusal.code, credits: '0', unfunded: null };
  const { credits, unfunded } = verdict.entry;
  return { code: null, credits: formatCredits(credits), unfunded: unfunded && formatCredits(unfunded) };
}

describe('the ledger and the model', () => {
  it(`agree on everything that happens in ${STEPS} steps (seed ${SEED}), and SPEC 16 holds after each`, async () => {
    const random = new SeededRandom(SEED);
    const wishes = new Wishes(random);
    const models = Array.from({ length: ACCOUNTS }, (_, i) => ({ id: `model-of-${i}`, account: new ModelAccount(), steps: 0 }));
    const codes = new Map<string, number>();
    let keys = 0;
    for (const { id } of models) await openAccount(id);

    for (let step = 0; step < STEPS; step += 1) {
      const story = `seed ${SEED}, step ${step}`;
      if (step >= ACCOUNTS) await client.query('UPDATE business_clock SET offset_ms = offset_ms + $1', [wishes.pause()]);
      const before = await businessTime();
      const of = models[step % ACCOUNTS] as (typeof models)[number];
      of.steps += 1;
      if ((of.account.closed && random.next() < 0.1) || of.steps > STEPS_OF_AN_ACCOUNT) {
        // A new one takes its place: every account begins anew in some order, and none grows without end.
        Object.assign(of, { id: `model-${step}`, account: new ModelAccount(), steps: 0 });
        await openAccount(of.id);
      }
      const asked = of.account.forms.length === 0 ? [wishes.firstForm(before)] : Array.from({ length: random.whole(1, 4) }, () => wishes.next(of.account, before, openBeside(models, of)));
      const ledger = random.pick(ledgers);
      const first = keys + 1;
      const commands = asked.map((wish) => commandOf(of.id, wish, (keys += 1)));
      const verdicts = await Promise.all(commands.map((command) => ledger.execute(command)));
      asked.forEach((wish, i) => {
        const verdict = verdicts[i] as Verdict;
        const told = carryOut(of.account, wish, momentOf(verdict, of.account, before), verdict.ok ? verdict.entry.seq : 0);
        const name = `${wish.do}: ${told.code ?? 'ok'}`;
        codes.set(name, (codes.get(name) ?? 0) + 1);
        expect({ story, wish, ...(answerOf(verdict) as object) }).toEqual({ story, wish, ...told });
      });
      for (const [i, wish] of asked.entries()) {
        const left = verdicts[i] as Verdict;
        if (wish.do !== 'transfer-out' || !left.ok) continue;
        // The other half of a transfer, under the same key: the service books it at once.
        const target = models.find(({ id }) => id === wish.to) as (typeof models)[number];
        const { kind, version, validUntil } = of.account.lot(wish.lotId) as ModelLot;
        const arrival: Wish = { do: 'transfer-in', lot: { kind, version, validUntil, from: left.entry }, credits: formatCredits(left.entry.credits) };
        const verdict = await random.pick(ledgers).execute(commandOf(target.id, arrival, first + i));
        const told = carryOut(target.account, arrival, momentOf(verdict, target.account, before), verdict.ok ? verdict.entry.seq : 0);
        expect({ story, ...(answerOf(verdict) as object) }).toEqual({ story, ...told });
        expect({ story, ...((await kept(target.id)) as object) }).toEqual({ story, ...(expected(target.account) as object) });
      }
      expect({ story, asked, ...((await kept(of.id)) as object) }).toEqual({ story, asked, ...(expected(of.account) as object) });
      expect({ story, asked, broken: await brokenInvariants(client, of.id) }).toEqual({ story, asked, broken: [] });
      if (random.next() < 0.2) {
        const at = random.whole(0, commands.length - 1);
        // A transfer that was refused has no other half; taken up again it would need one.
        if (asked[at]?.do === 'transfer-out' && verdicts[at]?.ok === false) continue;
        const [first, again] = [verdicts[at] as Verdict, await random.pick(ledgers).execute(commands[at] as Command)];
        // Whatever was booked is answered again for ever; what was refused may be decided anew.
        if (first.ok) expect({ story, again }).toMatchObject({ again: { ok: true, replayed: true, entry: { seq: first.entry.seq, hash: first.entry.hash } } });
        else checkAfresh(of.account, asked[at] as Wish, again, before);
      }
    }
    const { differences } = await verifyLedger({ readerUrl: database.readerUrl });
    expect({ seed: SEED, differences }).toEqual({ seed: SEED, differences: [] });
    expect(failures.flat()).toEqual([]);
    if (process.env['MODEL_STEPS'] !== undefined) process.stdout.write(`seed ${SEED}\n${[...codes].sort().map(([code, times]) => `${times} ${code}`).join('\n')}\n`);
    // Such a run says something only if most of what there is happened in it.
    expect(codes.size).toBeGreaterThan(Math.min(25, STEPS / 10));
  }, Math.max(300_000, STEPS * 400));
});

/** Accounts beside one that credits can be moved to. */
function openBeside(models: readonly { readonly id: string; readonly account: ModelAccount }[], one: { readonly id: string }): string[] {
  return models.filter(({ id, account }) => id !== one.id && !account.closed && account.forms.length > 0).map(({ id }) => id);
}

/** When it was decided: as the entry says, or, where nothing was booked, not before anything that was. */
function momentOf(verdict: Verdict, account: ModelAccount, before: number): number {
  account.lastBooked = Math.max(account.lastBooked, verdict.ok ? verdict.entry.recordedAt : before);
  return account.lastBooked;
}

/** The same command again after it was refused is decided anew. */
function checkAfresh(account: ModelAccount, wish: Wish, again: Verdict, before: number): void {
  const told = carryOut(account, wish, momentOf(again, account, before), again.ok ? again.entry.seq : 0);
  expect({ wish, ...(answerOf(again) as object) }).toEqual({ wish, ...told });
}
