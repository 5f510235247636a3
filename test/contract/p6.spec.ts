import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { grantedAnswer, bookedAnswer, bulkAnswer, paidAnswer, placedAnswer, purchasesAnswer } from '../../src/http/schemas/answers.js';
import { settlementQuoteAnswer } from '../../src/http/schemas/correcting.js';
import { proposalsAnswer, replenishmentRuleAnswer } from '../../src/http/schemas/replenishment.js';
import { PrepareProposals } from '../../src/operations/prepare-proposals.js';
import { RunDueWork } from '../../src/operations/run-due-work.js';
import { queueBackend } from '../../src/workers/queue-backend.js';
import { Schedules } from '../../src/workers/schedules.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok } from '../support/service.js';
import { Story } from '../support/story.js';

/**
 * AI Addendum, PAYMENTS, sixth bullet (P6):
 *
 * "If Licensee exceeds the permitted scope of use or Credit allocation purchased as detailed in the Order Form, Licensee
 * may, at its sole discretion, purchase additional Credits through the Account. For clarity, Kaltura will not automatically
 * purchase or debit additional Credits on Licensee’s behalf or charge Licensee for additional Credits unless and until
 * Licensee purchases such additional Credits through the Account, at then-current rates"
 *
 * That from a worker, a schedule or a rule no path of the code leads to a purchase is shown in nothing-bought.spec.ts.
 */
let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close(), 300_000);

const captions = { captions: { minutes: '3' } };

/** A rule of the licensee, and the draft that it has prepared: the account stands below the rule's balance. */
async function withDraft(licensee: Customer): Promise<string> {
  const rule = { balanceAt: '20', credits: '50' };
  ok(await story.service.post(`${licensee.url}/replenishment-rules`, rule, licensee.admin), replenishmentRuleAnswer);
  await new PrepareProposals(story.service.database).run();
  const [draft] = ok(await story.service.get(`${licensee.url}/proposals`, licensee.admin), proposalsAnswer).items;
  return `${licensee.url}/proposals/${draft?.proposalId ?? ''}`;
}

describe('P6: "Licensee may, at its sole discretion, purchase additional Credits through the Account"', () => {
  it('lets an admin of the licensee place a purchase, and neither operators nor finance nor backends, with all their scopes together', async () => {
    const licensee = await story.market.customer(captions, []);
    const everythingElse = await story.service.key(['operator', 'finance', 'usage:write']);
    const ofThisAccount = await story.service.key(['usage:write', 'account:read'], licensee.accountId);
    for (const secret of [story.market.operator, story.market.finance, licensee.backend, everythingElse, ofThisAccount]) {
      expect(codeOf(await story.service.post(`${licensee.url}/purchases`, { credits: '10' }, secret))).toBe('forbidden');
    }
    const other = await story.market.customer(captions, []);
    expect(codeOf(await story.service.post(`${licensee.url}/purchases`, { credits: '10' }, other.admin))).toBe('account-not-found');
    expect(await story.purchases(licensee)).toEqual([]);
    ok(await story.service.post(`${licensee.url}/purchases`, { credits: '10' }, licensee.admin), placedAnswer);
    expect(await story.purchases(licensee)).toMatchObject([{ placedBy: 'account', state: 'awaiting_payment' }]);
  });

  it('lets only an admin of the licensee turn a prepared draft into a purchase, at the price of that moment', async () => {
    const licensee = await story.market.customer(captions, ['9']);
    const draft = await withDraft(licensee);
    const everythingElse = await story.service.key(['operator', 'finance', 'usage:write']);
    for (const secret of [story.market.operator, story.market.finance, licensee.backend, everythingElse]) {
      for (const act of ['confirm', 'discard']) expect(codeOf(await story.service.post(`${draft}/${act}`, {}, secret))).toBe('forbidden');
    }
    expect(await story.purchases(licensee)).toHaveLength(1);
    const { purchase } = ok(await story.service.post(`${draft}/confirm`, {}, licensee.admin), placedAnswer);
    // Confirmed, it is a purchase like any other: no credits before it is paid.
    expect(await licensee.balance()).toBe('9.000000000');
    ok(await licensee.pay(purchase.purchaseId, purchase.price), paidAnswer);
    expect(await licensee.balance()).toBe('59.000000000');
  });

  it('places what a signed order form contains when it is signed, and nothing beyond it', async () => {
    const licensee = await story.market.account();
    const form = { purchases: [{ credits: '10' }, { credits: '20' }] };
    await licensee.sign(await story.market.card(captions), ['captions'], form);
    expect((await story.purchases(licensee)).map(({ placedBy, credits }) => [placedBy, credits]).sort()).toEqual([
      ['order-form', '10.000000000'],
      ['order-form', '20.000000000'],
    ]);
  });
});

describe('P6: "will not automatically purchase or debit additional Credits on Licensee’s behalf"', () => {
  it('records usage beyond the credits as unfunded: no debt, no negative balance, and a later purchase stays whole', async () => {
    const licensee = await story.market.customer(captions, ['4']);
    const over = ok(await licensee.debit('captions', { minutes: '10' }, { mode: 'record' }), bookedAnswer);
    expect(over.entry).toMatchObject({ credits: '4.000000000', unfunded: '26.000000000' });
    expect(over.balance.balance).toBe('0.000000000');
    await licensee.buy('100');
    expect(await licensee.balance()).toBe('100.000000000');
    await story.advanceDays(60);
    expect(await licensee.balance()).toBe('100.000000000');
    expect((await story.use(licensee, 'captions', { minutes: '1' })).credits).toBe('3.000000000');
    expect(await licensee.balance()).toBe('97.000000000');
  });

  it('settles unfunded usage from a later purchase by the act of an admin of the licensee alone, for what was shown before', async () => {
    const licensee = await story.market.customer(captions, ['4']);
    const { entry } = ok(await licensee.debit('captions', { minutes: '10' }, { mode: 'record' }), bookedAnswer);
    await licensee.buy('100');
    const lotId = String((await story.lots(licensee)).at(-1)?.lotId);
    const address = `${licensee.url}/unfunded-usage/${String(entry.seq)}/settlement`;
    const { credits } = ok(await story.service.get(`${address}?lotId=${lotId}`, licensee.admin), settlementQuoteAnswer);
    expect(await licensee.balance()).toBe('100.000000000');
    const everybodyElse = await story.service.key(['operator', 'finance']);
    for (const secret of [everybodyElse, story.market.operator, story.market.finance, licensee.backend]) {
      expect(codeOf(await story.service.post(address, { lotId, credits }, secret))).toBe('forbidden');
    }
    expect(codeOf(await story.service.post(address, { lotId, credits: '25' }, licensee.admin))).toBe('settlement-changed');
    expect(await licensee.balance()).toBe('100.000000000');
    ok(await story.service.post(address, { lotId, credits }, licensee.admin), bookedAnswer);
    expect(await licensee.balance()).toBe('74.000000000');
  });

  it('draws no more for running work than there is, and records the rest as unfunded', async () => {
    const licensee = await story.market.customer(captions, ['12']);
    await story.hold(licensee, 'work', { feature: 'captions', credits: '9' });
    expect(await story.capture(licensee, 'work', { minutes: '10' })).toMatchObject({ credits: '12.000000000', unfunded: '18.000000000' });
    await licensee.buy('100');
    expect(await licensee.balance()).toBe('100.000000000');
  });

  it('draws no more for running work than the licensee’s backend agreed to', async () => {
    const licensee = await story.market.customer(captions, ['100']);
    await story.hold(licensee, 'capped', { feature: 'captions', credits: '9', maxCapture: '15' });
    expect(await story.capture(licensee, 'capped', { minutes: '10' })).toMatchObject({ credits: '15.000000000', unfunded: '15.000000000' });
    expect(await licensee.balance()).toBe('85.000000000');
  });

  it('ends a day of 1,000 exhausted accounts with replenishment rules with 1,000 drafts, and no purchase', async () => {
    const cardId = await story.market.card(captions);
    const platform = await story.service.key(['usage:write']);
    const { database, ledger } = story.service;
    const before = await story.entriesInAll();
    const licensees: Customer[] = [];
    const open = async (): Promise<void> => {
      const licensee = await story.market.account();
      await licensee.sign(cardId, ['captions']);
      ok(await story.service.post(`${licensee.url}/grants`, { kind: 'promotional', credits: '3', reason: 'to begin with' }, story.market.operator), grantedAnswer);
      ok(await story.service.post(`${licensee.url}/replenishment-rules`, { balanceAt: '1', credits: '500' }, licensee.admin), replenishmentRuleAnswer);
      licensees.push(licensee);
    };
    for (let opened = 0; opened < 1_000; opened += 50) await Promise.all(Array.from({ length: 50 }, open));
    const items = licensees.map(({ accountId }) => ({ accountId, idempotencyKey: `last-${accountId}`, feature: 'captions', usage: { minutes: '1' } }));
    const debited = ok(await story.service.post('/v1/debits', { items }, { secret: platform, idempotencyKey: null }), bulkAnswer);
    expect(debited.items.filter(({ status }) => status === 201)).toHaveLength(1_000);

    const failures: unknown[] = [];
    const dueWork = new RunDueWork(database, ledger);
    const proposals = new PrepareProposals(database);
    const everyMs = 50;
    const schedules = new Schedules(
      queueBackend({ redisUrl: null, writerUrl: story.database.writerUrl }),
      [
        { name: 'due-work', everyMs, run: () => dueWork.run() },
        { name: 'proposals', everyMs, run: () => proposals.run() },
      ],
      (error) => failures.push(error),
      { wallNow: () => Date.now() },
    );
    for (let hour = 0; hour < 24; hour += 1) await story.advanceTo(new Date(await story.now()).toISOString(), 3_600_000);
    await proposals.run();
    await schedules.close();

    expect(failures).toEqual([]);
    const ids = [licensees.map(({ accountId }) => accountId)];
    const drafts = await database.query<unknown[]>(
      "SELECT state, count(*)::int AS proposals, count(DISTINCT account_id)::int AS accounts FROM purchase_proposal WHERE account_id = ANY ($1) GROUP BY state",
      ids,
    );
    expect(drafts).toEqual([{ state: 'draft', proposals: 1_000, accounts: 1_000 }]);
    // Not one entry more than the thousand accounts' own: order form, grant, debit, suspension.
    expect((await story.entriesInAll()) - before).toBe(4_000);
    for (const licensee of licensees.filter((_, nth) => nth % 100 === 0)) {
      expect(ok(await story.service.get(`${licensee.url}/purchases`, licensee.admin), purchasesAnswer).items).toEqual([]);
      expect(codeOf(await licensee.debit('captions', { minutes: '1' }))).toBe('account-suspended');
    }
  }, 300_000);
});
