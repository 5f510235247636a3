import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Command } from '../../src/domain/command.js';
import { amount, formatCredits } from '../../src/domain/credits.js';
import { shortDigest } from '../../src/domain/hash-chain.js';
import { HOUR_MS } from '../../src/domain/hold.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import type { Verdict } from '../../src/ledger/verdict.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

let database: FreshDatabase;
let ledger: Ledger;
let failures: unknown[];
let keys = 0;

beforeAll(async () => {
  database = await freshDatabase();
  ({ ledger, failures } = openLedger(database.writerUrl));
  await addRateVersion(database.ownerUrl, 'standard', 1, { captions: { minutes: '3' } });
  await addRateVersion(database.ownerUrl, 'standard', 2, { captions: { minutes: '4' } });
});
afterAll(async () => {
  await ledger.drain();
  await database.drop();
  expect(failures).toEqual([]);
});

function origin(actor = 'key:operator'): { keyDigest: string; fingerprint: string; actor: string } {
  keys += 1;
  return { keyDigest: shortDigest(`key-${keys}`), fingerprint: shortDigest(`request-${keys}`), actor };
}

async function account(...lots: { credits: string; rateVersion?: number }[]): Promise<LedgerAccount> {
  const opened = await LedgerAccount.open(database.ownerUrl, ledger);
  await opened.buy('standard', ['captions'], lots);
  return opened;
}

function send<Type extends Command['type']>(
  of: LedgerAccount,
  type: Type,
  matter: Omit<Extract<Command, { type: Type }>, 'type' | 'accountId' | 'keyDigest' | 'fingerprint' | 'actor'>,
  actor?: string,
): Promise<Verdict> {
  return of.execute({ type, ...origin(actor), ...matter });
}

const LOT = 4;

/** The buckets of the account's lots by id, without zeros. */
async function lots(of: LedgerAccount): Promise<Record<string, Record<string, string>>> {
  const rows = await query(
    database.ownerUrl,
    `SELECT lot_id, trim_scale(available)::text AS available, trim_scale(held)::text AS held, trim_scale(consumed)::text AS consumed,
       trim_scale(lapsed)::text AS lapsed, trim_scale(frozen)::text AS frozen, trim_scale(withdrawn)::text AS withdrawn,
       trim_scale(transferred)::text AS transferred
     FROM lot WHERE account_id = $1 ORDER BY lot_id`,
    [of.accountId],
  );
  const withoutZeros = (buckets: Record<string, string | null>): Record<string, string> =>
    Object.fromEntries(Object.entries(buckets).flatMap(([bucket, credits]) => (credits === null || credits === '0' ? [] : [[bucket, credits] as const])));
  return Object.fromEntries(rows.map(({ lot_id, ...buckets }) => [String(lot_id), withoutZeros(buckets)]));
}

async function unfunded(of: LedgerAccount): Promise<Record<string, string | null>[]> {
  return query(
    database.ownerUrl,
    `SELECT seq::text, trim_scale(credits)::text AS credits, trim_scale(open_credits)::text AS open, state, ended_seq::text AS ended
     FROM unfunded_usage WHERE account_id = $1 ORDER BY seq`,
    [of.accountId],
  );
}

describe('adjustments', () => {
  const LIMIT = amount('100');
  const give = (of: LedgerAccount, credits: string, requestedBy: string | null = null): Promise<Verdict> =>
    send(of, 'adjust', { lotId: null, credits: amount(credits), reason: 'outage of 3 May', limit: LIMIT, requestedBy });
  const take = (of: LedgerAccount, lotId: number, credits: string): Promise<Verdict> =>
    send(of, 'adjust', { lotId, credits: amount(credits), reason: 'given twice', limit: LIMIT, requestedBy: null });

  it('give a lot of their own, and undo no more than a grant or an earlier adjustment (P4)', async () => {
    const bought = await account({ credits: '10' });
    const { entry } = unwrap(await give(bought, '20'));
    expect(await lots(bought)).toEqual({ [LOT]: { available: '10' }, [entry.seq]: { available: '20' } });
    unwrap(await take(bought, entry.seq, '5'));
    expect(await lots(bought)).toEqual({ [LOT]: { available: '10' }, [entry.seq]: { available: '15', withdrawn: '5' } });
    expect(await take(bought, entry.seq, '15.000000001')).toMatchObject({ refusal: { code: 'exceeds-lot' } });
    expect(await take(bought, LOT, '1')).toMatchObject({ refusal: { code: 'purchase-final' } });
    expect(await take(bought, 99, '1')).toMatchObject({ refusal: { code: 'lot-not-found' } });
  });

  it('need a second operator above the limit, cumulative over thirty days, also within one batch', async () => {
    const bought = await account({ credits: '10' });
    const verdicts = await Promise.all([give(bought, '60'), give(bought, '60'), give(bought, '40')]);
    expect(verdicts.map((verdict) => (verdict.ok ? 'booked' : verdict.refusal.code))).toEqual(['booked', 'second-operator-required', 'booked']);
    expect(await give(bought, '0.000000001')).toMatchObject({
      refusal: { code: 'second-operator-required', data: { adjusted: '100.000000001', limit: '100.000000000', days: '30' } },
    });
    // The same person twice is one person.
    expect(await give(bought, '50', 'key:operator')).toMatchObject({ refusal: { code: 'second-operator-required' } });
    const { entry } = unwrap(await give(bought, '50', 'key:other'));
    expect(JSON.parse(entry.detail)).toMatchObject({ requestedBy: 'key:other' });
    expect(entry.actor).toBe('key:operator');
    await query(database.ownerUrl, 'UPDATE business_clock SET offset_ms = offset_ms + $1', [30 * 24 * HOUR_MS + 60_000]);
    unwrap(await give(bought, '100'));
  });
});

describe('refunds', () => {
  const matter = { lotId: LOT, outgoingPayment: { reference: 'out-1', amount: '10.00', currency: 'EUR' }, creditNote: 'CN-1' };
  const ground = { kind: 'law' as const, reference: 'Section 355 BGB' };

  it('are refused without a ground, and without a second operator (P4)', async () => {
    const bought = await account({ credits: '100' });
    expect(await send(bought, 'refund-lot', { ...matter, ground: null, requestedBy: 'key:other' })).toMatchObject({ refusal: { code: 'purchase-final' } });
    expect(await send(bought, 'refund-lot', { ...matter, ground, requestedBy: null })).toMatchObject({ refusal: { code: 'second-operator-required' } });
    expect(await send(bought, 'refund-lot', { ...matter, ground, requestedBy: 'key:operator' })).toMatchObject({ refusal: { code: 'second-operator-required' } });
    const grant = unwrap(await bought.grant('gift', '5'));
    expect(await send(bought, 'refund-lot', { ...matter, lotId: grant.entry.seq, ground, requestedBy: 'key:other' })).toMatchObject({
      refusal: { code: 'lot-not-refundable' },
    });
    expect(await lots(bought)).toEqual({ [LOT]: { available: '100' }, [grant.entry.seq]: { available: '5' } });
  });

  it('withdraw what is left, frozen or not, and what returns later as well', async () => {
    const bought = await account({ credits: '100' });
    const debit = unwrap(await bought.debit('use', 'captions', { minutes: '10' }));
    unwrap(await send(bought, 'freeze-lot', { lotId: LOT, credits: amount('20'), reason: 'chargeback', reference: 'cb' }));
    const { entry } = unwrap(await send(bought, 'refund-lot', { ...matter, ground, requestedBy: 'key:other' }));
    expect(formatCredits(entry.credits)).toBe('70.000000000');
    expect(await lots(bought)).toEqual({ [LOT]: { consumed: '30', withdrawn: '70' } });
    unwrap(await bought.reverse('undo', debit.entry.seq, '0.5'));
    expect(await lots(bought)).toEqual({ [LOT]: { consumed: '15', withdrawn: '85' } });
    const breaks = await query(database.ownerUrl, 'SELECT kind, trim_scale(credits)::text AS credits FROM break WHERE account_id = $1', [bought.accountId]);
    expect(breaks).toEqual([{ kind: 'return-to-refunded-lot', credits: '15' }]);
    expect(await send(bought, 'refund-lot', { ...matter, ground, requestedBy: 'key:other' })).toMatchObject({ refusal: { code: 'lot-refunded' } });
  });
});

describe('consented transfers', () => {
  const consent = { reference: 'letter 7', date: '2020-01-01', sha256: 'ab'.repeat(32) };
  const out = (of: LedgerAccount, more: object = {}): Promise<Verdict> =>
    send(of, 'transfer-out', { lotId: LOT, credits: amount('40'), toAccountId: 'elsewhere', consent, requestedBy: 'key:other', ...more });

  it('are refused without consent, with one that is not older, and by one operator (P7)', async () => {
    const bought = await account({ credits: '100' });
    expect(await out(bought, { consent: null })).toMatchObject({ refusal: { code: 'non-transferable' } });
    expect(await out(bought, { consent: { ...consent, date: '2099-01-01' } })).toMatchObject({ refusal: { code: 'non-transferable' } });
    expect(await out(bought, { requestedBy: null })).toMatchObject({ refusal: { code: 'second-operator-required' } });
    expect(await out(bought, { credits: amount('101') })).toMatchObject({ refusal: { code: 'exceeds-lot' } });
    expect(await lots(bought)).toEqual({ [LOT]: { available: '100' } });
  });

  it('keep rates, price, kind, purchase and source of the lot, and may come back', async () => {
    const from = await account({ credits: '100', rateVersion: 1 });
    const to = await account({ credits: '1', rateVersion: 2 });
    const left = unwrap(await out(from, { toAccountId: to.accountId }));
    const { lot } = JSON.parse(left.entry.detail) as { lot: { purchaseId: string; orderFormId: string } };
    const terms = { kind: 'purchase' as const, cardId: 'standard', rateVersion: 'standard@1', unitPrice: '0.10', currency: 'EUR', validUntil: null };
    const arrived = unwrap(
      await send(to, 'transfer-in', {
        source: { accountId: from.accountId, lotId: LOT, seq: left.entry.seq },
        lot: { ...terms, purchaseId: lot.purchaseId, orderFormId: lot.orderFormId },
        credits: amount('40'),
        consent,
        requestedBy: 'key:other',
      }),
    );
    expect(await lots(from)).toEqual({ [LOT]: { available: '60', transferred: '40' } });
    expect(await lots(to)).toEqual({ [LOT]: { available: '1' }, [arrived.entry.seq]: { available: '40' } });
    const [row] = await query(database.ownerUrl, 'SELECT rate_version, purchase_id, source_account_id, source_lot_id::text FROM lot WHERE account_id = $1 AND lot_id = $2', [
      to.accountId,
      arrived.entry.seq,
    ]);
    expect(row).toEqual({ rate_version: 'standard@1', purchase_id: lot.purchaseId, source_account_id: from.accountId, source_lot_id: String(LOT) });
    // One credit of the own lot at 4 a minute, then the transferred ones at 3, as they were bought.
    const debit = unwrap(await to.debit('use', 'captions', { minutes: '1' }));
    expect(debit.entry.postings.map(({ lotId, credits, rateVersion }) => [lotId, formatCredits(credits), rateVersion])).toEqual([
      [LOT, '1.000000000', 'standard@2'],
      [arrived.entry.seq, '2.250000000', 'standard@1'],
    ]);
  });
});

describe('unfunded usage', () => {
  async function short(): Promise<{ of: LedgerAccount; seq: number }> {
    const of = await account({ credits: '6', rateVersion: 1 });
    // Five minutes at 3 are 15; six are there, nine are not.
    const { entry } = unwrap(await of.debit('work', 'captions', { minutes: '5' }, { mode: 'record' }));
    return { of, seq: entry.seq };
  }
  async function later(of: LedgerAccount, credits: string): Promise<number> {
    await of.buy('standard', ['captions'], [{ credits, rateVersion: 2 }]);
    return Math.max(...Object.keys(await lots(of)).map(Number));
  }
  const settle = (of: LedgerAccount, seq: number, lotId: number, credits: string | null): Promise<Verdict> =>
    send(of, 'settle-unfunded', { seq, lotId, credits: credits === null ? null : amount(credits) }, 'key:admin');

  it('is a record: a later purchase is not touched until an admin settles it, at the rates of that purchase (P6)', async () => {
    const { of, seq } = await short();
    expect(await unfunded(of)).toEqual([{ seq: String(seq), credits: '9', open: '9', state: 'open', ended: null }]);
    expect(await settle(of, seq, LOT, null)).toMatchObject({ refusal: { code: 'lot-not-bought-later' } });
    const lotId = await later(of, '100');
    expect((await lots(of))[lotId]).toEqual({ available: '100' });
    // Three minutes went unfunded: 12 at today's 4, not the 9 of the day.
    expect(await settle(of, seq, lotId, '9')).toMatchObject({ refusal: { code: 'settlement-changed', data: { credits: '12.000000000' } } });
    const { entry } = unwrap(await settle(of, seq, lotId, '12'));
    expect(entry).toMatchObject({ type: 'settlement', cites: seq, rateVersion: 'standard@2' });
    expect((await lots(of))[lotId]).toEqual({ available: '88', consumed: '12' });
    expect(await unfunded(of)).toEqual([{ seq: String(seq), credits: '9', open: '0', state: 'settled', ended: String(entry.seq) }]);
    expect(await settle(of, seq, lotId, '12')).toMatchObject({ refusal: { code: 'unfunded-usage-ended' } });
    expect(await settle(of, 1, lotId, null)).toMatchObject({ refusal: { code: 'unfunded-usage-not-found' } });
  });

  it('gives back a settlement first when the usage is reversed, and exactly what was taken', async () => {
    const { of, seq } = await short();
    const lotId = await later(of, '100');
    unwrap(await settle(of, seq, lotId, '12'));
    const half = unwrap(await of.reverse('half', seq, '0.3'));
    expect(half.entry.postings.map(({ lotId: lot, credits }) => [lot, formatCredits(credits)])).toEqual([[lotId, '6.000000000']]);
    unwrap(await of.reverse('rest', seq));
    expect(await lots(of)).toMatchObject({ [LOT]: { available: '6' }, [lotId]: { available: '100' } });
  });

  it('shrinks as the usage is reversed: what went unfunded is given up first', async () => {
    const { of, seq } = await short();
    unwrap(await of.reverse('some', seq, '0.2'));
    expect(await unfunded(of)).toMatchObject([{ credits: '9', open: '6', state: 'open' }]);
    const lotId = await later(of, '100');
    unwrap(await settle(of, seq, lotId, '8'));
    unwrap(await of.reverse('rest', seq));
    expect(await lots(of)).toMatchObject({ [LOT]: { available: '6' }, [lotId]: { available: '100' } });
    const other = await short();
    unwrap(await other.of.reverse('all', other.seq));
    expect(await unfunded(other.of)).toMatchObject([{ open: '0', state: 'reversed' }]);
  });

  it('is settled whole or not at all, and may be waived by an operator', async () => {
    const { of, seq } = await short();
    const lotId = await later(of, '11');
    expect(await settle(of, seq, lotId, null)).toMatchObject({ refusal: { code: 'exceeds-lot', data: { required: '12.000000000', available: '11.000000000' } } });
    unwrap(await send(of, 'waive-unfunded', { seq, reason: 'our fault' }));
    expect(await unfunded(of)).toMatchObject([{ open: '0', state: 'waived' }]);
    expect((await lots(of))[lotId]).toEqual({ available: '11' });
  });

  it('of a capture is settled by the part that it recorded', async () => {
    const of = await account({ credits: '9', rateVersion: 1 });
    unwrap(
      await send(of, 'place-hold', { holdId: 'h', feature: 'captions', estimate: { credits: amount('9') }, ttlMs: HOUR_MS, maxCapture: null }),
    );
    const usage = (minutes: string): { meter: string; quantity: ReturnType<typeof amount> }[] => [{ meter: 'minutes', quantity: amount(minutes) }];
    unwrap(await send(of, 'capture-hold', { holdId: 'h', usage: usage('2'), final: false, endUser: null, metadata: null }));
    const { entry } = unwrap(await send(of, 'capture-hold', { holdId: 'h', usage: usage('3'), final: true, endUser: null, metadata: null }));
    expect(await unfunded(of)).toMatchObject([{ seq: String(entry.seq), credits: '6' }]);
    const lotId = await later(of, '100');
    unwrap(await settle(of, entry.seq, lotId, '8'));
    unwrap(await of.reverse('all', entry.seq));
    expect(await lots(of)).toMatchObject({ [LOT]: { available: '3', consumed: '6' }, [lotId]: { available: '100' } });
  });
});

describe('disputes', () => {
  it('are records: who claims what since when, whether notice came within ten days, and how it ended', async () => {
    const of = await account({ credits: '10' });
    const open = (disputeId: string, more: object = {}): Promise<Verdict> =>
      send(of, 'open-dispute', { disputeId, seq: LOT, claimant: 'licensee', awareOn: '2026-01-01', noticeOn: '2026-01-11', reference: 'letter 9', ...more });
    const { entry } = unwrap(await open('d1'));
    expect(entry).toMatchObject({ type: 'dispute', subject: 'd1', cites: LOT });
    expect(JSON.parse(entry.detail)).toMatchObject({ noticeInTime: true, noticeDueOn: '2026-01-11' });
    expect(JSON.parse(unwrap(await open('d2', { noticeOn: '2026-01-12' })).entry.detail)).toMatchObject({ noticeInTime: false });
    expect(await open('d1')).toMatchObject({ refusal: { code: 'dispute-exists' } });
    expect(await open('d3', { seq: 10_000 })).toMatchObject({ refusal: { code: 'entry-not-found' } });
    expect(await open('d3', { noticeOn: '2025-12-31' })).toMatchObject({ refusal: { code: 'invalid-request' } });
    unwrap(await send(of, 'close-dispute', { disputeId: 'd1', outcome: 'upheld', reason: 'reversed by entry 12' }));
    expect(await send(of, 'close-dispute', { disputeId: 'd1', outcome: 'rejected', reason: 'no' })).toMatchObject({ refusal: { code: 'dispute-closed' } });
    expect(await send(of, 'close-dispute', { disputeId: 'd9', outcome: 'rejected', reason: 'no' })).toMatchObject({ refusal: { code: 'dispute-not-found' } });
  });
});
