import { afterAll, beforeAll, describe, expect, it, jest, xit } from '@jest/globals';
import fc from 'fast-check';
import { AccountJournal, Declared } from '../../src/domain/books/journal.js';
import { formatCredits } from '../../src/domain/credits.js';
import { BUCKETS } from '../../src/domain/lot.js';
import { rollForwardAnswer } from '../../src/http/schemas/books.js';
import { bookedAnswer } from '../../src/http/schemas/answers.js';
import { actAnswer } from '../../src/http/schemas/correcting.js';
import { history, played } from '../support/account-history.js';
import { bookLots, HAS_HLEDGER, hledger, hledgerBalances, lotsOf } from '../support/books.js';
import type { DomainAccount } from '../support/domain-account.js';
import { ok } from '../support/service.js';
import { Story } from '../support/story.js';

jest.setTimeout(300_000);

// The outside judge. Where it is missing, what it judges is left out, and the last line of the run counts it as skipped.
const judged = HAS_HLEDGER ? it : xit;
if (!HAS_HLEDGER) process.stderr.write('\nhledger is NOT INSTALLED: no journal is checked by it. Install it with: apt-get install hledger\n\n');

/** As many whole lives as one wants: 200 of them take some ten seconds. */
const ACCOUNTS = Number(process.env['JOURNAL_ACCOUNTS'] ?? '200');

function journalOf(accounts: readonly DomainAccount[]): string {
  const declared = new Declared();
  let text = '';
  accounts.forEach((account, i) => {
    const journal = new AccountJournal(`acc-${String(i)}`, bookLots(account), declared);
    for (const entry of account.entries) text += journal.add(entry);
    for (const assertion of journal.assertions()) text += assertion;
    declared.forgetAccountsOf(`acc-${String(i)}`);
  });
  return text;
}

describe('the journal of whole lives', () => {
  let accounts: DomainAccount[];
  let journal: string;

  beforeAll(() => {
    accounts = fc.sample(history, { numRuns: ACCOUNTS, seed: 20260322 }).map(played);
    journal = journalOf(accounts);
  });

  judged('is accepted by hledger, strictly', async () => {
    expect(await hledger(journal, 'check', '-s')).toEqual({ code: 0, output: '', errors: '' });
    // What was played is worth checking: credits have been everywhere, but for transfers, which take two accounts.
    const seen = BUCKETS.filter((bucket) => journal.includes(`    credits:${bucket}:`));
    expect(seen).toEqual(BUCKETS.filter((bucket) => bucket !== 'transferred'));
  });

  judged('has, by hledger’s own count, what the service has', async () => {
    const balances = await hledgerBalances(journal, 'credits');
    let compared = 0;
    accounts.forEach((account, i) => {
      for (const { lotId, buckets } of lotsOf(account)) {
        for (const bucket of BUCKETS) {
          const told = balances.get(`credits:${bucket}:acc-${String(i)}:lot${String(lotId)} AIC`);
          const own = bucket === 'issued' ? buckets.issued.neg() : buckets[bucket];
          if (told === undefined) expect([bucket, own.isZero()]).toEqual([bucket, true]);
          else expect([i, lotId, bucket, told]).toEqual([i, lotId, bucket, formatCredits(own)]);
          compared += 1;
        }
      }
    });
    expect(compared).toBeGreaterThan(ACCOUNTS * BUCKETS.length);
  });

  judged('is refused once one credit in it was changed, and once a transaction is gone', async () => {
    const debit = /^(.* debit captions .*\n {4}credits:available:\S+ {2}-)(\d+\.\d+)( AIC\n {4}credits:consumed:\S+ {2})\2( AIC\n)/m.exec(journal);
    const [whole, begin = '', credits = '', between = '', end = ''] = debit ?? [];
    if (whole === undefined) throw new Error('no debit was played');
    const more = `${credits.slice(0, -1)}${credits.endsWith('9') ? '8' : String(Number(credits.at(-1)) + 1)}`;
    const oneSide = await hledger(journal.replace(whole, `${begin}${more}${between}${credits}${end}`), 'check', '-s');
    expect([oneSide.code, oneSide.errors]).toEqual([1, expect.stringContaining('could not balance this transaction')]);
    const bothSides = await hledger(journal.replace(whole, `${begin}${more}${between}${more}${end}`), 'check', '-s');
    expect([bothSides.code, bothSides.errors]).toEqual([1, expect.stringContaining('balance assertion')]);
    const gone = journal.replace(/^\S+ \* \(\S+\) debit captions .*\n(?: {4}.*\n)+\n/m, '');
    expect((await hledger(gone, 'check', '-s')).code).toBe(1);
  });
});

describe('the journal of a service', () => {
  let story: Story;

  beforeAll(async () => {
    story = await Story.open();
  });

  afterAll(() => story.close());

  judged('follows money from the payment into revenue, over transfers, disputes and refunds, into balance zero', async () => {
    const { market, service } = story;
    const rates = { captions: { minutes: '3' } };
    const one = await market.customer(rates, [], { taxRate: '0.19', unitPrice: '0.0333' });
    const other = await market.customer(rates, []);
    const { purchase } = await one.place('100');
    await one.pay(purchase.purchaseId, '1.00');
    const total = (Number(purchase.price) + Number(purchase.tax)).toFixed(2);
    await one.pay(purchase.purchaseId, (Number(total) - 1).toFixed(2));
    const debit = await story.use(one, 'captions', { minutes: '7' });
    ok(await service.post(`${one.url}/entries/${debit.seq}/reversal`, { share: '0.3', reason: 'test' }, market.operator), bookedAnswer);
    const [lot] = await story.lots(one);
    const at = `${one.url}/lots/${String(lot?.lotId)}`;
    const why = { reason: 'test', reference: 'case' };
    ok(await service.post(`${at}/freeze`, { credits: '10', ...why }, market.finance), bookedAnswer);
    ok(await service.post(`${at}/withdrawal`, { credits: '4', ...why }, market.finance), bookedAnswer);
    ok(await service.post(`${at}/release`, why, market.finance), bookedAnswer);
    const consent = { reference: 'letter', date: await story.day(-3), sha256: 'c'.repeat(64) };
    const act = ok(await service.post(`${at}/transfer`, { credits: '31', toAccountId: other.accountId, consent }, market.operator), actAnswer);
    ok(await service.post(`/v1/acts/${act.actId}/confirmation`, {}, await service.key(['operator'])), bookedAnswer);
    await story.use(other, 'captions', { minutes: '5' });
    const refund = { ground: { kind: 'law', reference: 'BGB' }, outgoingPayment: { reference: 'out', amount: '1.10', currency: 'EUR' }, creditNote: 'CN-1' };
    const asked = ok(await service.post(`${at}/refund`, refund, market.operator), actAnswer);
    ok(await service.post(`/v1/acts/${asked.actId}/confirmation`, {}, await service.key(['operator'])), bookedAnswer);

    const { text: journal } = await service.get('/v1/journal', market.finance);
    expect(await hledger(journal, 'check', '-s')).toEqual({ code: 0, output: '', errors: '' });
    const money = await hledgerBalances(journal, 'cur:EUR');
    const cents = [...money.values()].reduce((sum, value) => sum + Math.round(Number(value) * 100), 0);
    expect(cents).toBe(0);
    expect(money.get('assets:cash:bank EUR')).toBe(total);
    expect(money.get(`liabilities:customer-advances:${one.accountId}:${purchase.purchaseId} EUR`) ?? '0.00').toMatch(/^0/);
    expect(money.get(`liabilities:tax:${one.accountId} EUR`)).toBe(`-${purchase.tax}`);
    // What left one account with the transferred credits is what arrived in the other.
    expect(money.get('liabilities:transfers EUR') ?? '0.00').toMatch(/^0/);
    for (const customer of [one, other]) {
      for (const { lotId, available, consumed, withdrawn, transferred } of await story.lots(customer)) {
        const credits = await hledgerBalances(journal, `credits:.*:${customer.accountId}:lot${String(lotId)}$`);
        for (const [bucket, own] of Object.entries({ available, consumed, withdrawn, transferred })) {
          expect([bucket, credits.get(`credits:${bucket}:${customer.accountId}:lot${String(lotId)} AIC`) ?? '0.000000000']).toEqual([bucket, own]);
        }
      }
    }
    const { differences, rows } = ok(await service.get('/v1/deferred-revenue', market.finance), rollForwardAnswer);
    expect(differences).toEqual([{ currency: 'EUR', credits: '0.000000000', money: '0.00' }]);
    const revenue = [...money].filter(([account]) => account.startsWith('revenues:usage:')).reduce((sum, [, value]) => sum + Math.round(Number(value) * 100), 0);
    expect(rows.reduce((sum, row) => sum + Math.round(Number(row.money?.consumed) * 100), 0)).toBe(revenue);
    const own = await service.get(`${other.url}/journal`, market.finance);
    expect((await hledger(own.text, 'check', '-s')).errors).toBe('');
  });
});
