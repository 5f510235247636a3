import { randomUUID } from 'node:crypto';
import { mintKeys } from '../story/account-keys.js';
import type { ApiClient } from '../story/api-client.js';
import { BusinessClock } from '../story/business-clock.js';
import { dayAfter, startOfDay } from '../story/calendar.js';
import { ADDENDUM } from '../story/plot.js';
import { Guide, type Voice } from './guide.js';

const ACCOUNT = 'tour';
const CARD = 'tour-card';
const ACCOUNT_PATH = `/v1/accounts/${ACCOUNT}`;
const TERM_DAYS = 90;
const LEGS = 'entry.postings';
const legs = [`${LEGS}.lotId`, `${LEGS}.credits`, `${LEGS}.rateVersion`, `${LEGS}.share`];

/** The life of one account, told through the API: it buys, pays, uses, sees its rates change, runs short, and is renewed. */
export class OneLife {
  private readonly guide: Guide;
  private readonly clock: BusinessClock;
  private readonly operator: Voice;
  private admin: Voice = { who: '', apiKey: '' };
  private finance: Voice = { who: '', apiKey: '' };
  private backend: Voice = { who: '', apiKey: '' };

  constructor(
    private readonly client: ApiClient,
    operatorKey: string,
    print: (line: string) => void,
  ) {
    this.guide = new Guide(client, print);
    this.clock = new BusinessClock(client, operatorKey);
    this.operator = { who: 'operator', apiKey: operatorKey };
  }

  async tell(): Promise<void> {
    await this.prepare();
    const began = await this.clock.now();
    await this.sign(began);
    await this.buyAndPay();
    await this.use();
    await this.changeRates(began);
    await this.runShort();
    await this.resume();
    await this.renew(began);
  }

  private async prepare(): Promise<void> {
    const make = (path: string, body: object): Promise<unknown> =>
      this.client.succeed({ method: 'POST', path, apiKey: this.operator.apiKey, idempotencyKey: randomUUID(), body });
    await make('/v1/licensees', { licenseeId: ACCOUNT, legalName: 'Example University' });
    await make('/v1/accounts', { accountId: ACCOUNT, licenseeId: ACCOUNT });
    await make('/v1/rate-cards', { cardId: CARD, name: 'Captions' });
    await make(`/v1/rate-cards/${CARD}/versions`, ratesOf('3', '2020-01-01'));
    await make(`/v1/rate-cards/${CARD}/versions/1/publish`, { text: 'The first rates.' });
    const keys = await mintKeys(this.client, this.operator.apiKey, ACCOUNT, 'tour');
    this.admin = { who: 'an admin of the licensee', apiKey: keys.admin };
    this.finance = { who: 'finance', apiKey: keys.finance };
    this.backend = { who: 'the AI backend', apiKey: keys.backend };
  }

  private async sign(began: number): Promise<void> {
    this.guide.chapter('An order form is signed: a Term of ninety days, captions on credits, 3 credits a minute (P1)');
    await this.guide.ask({
      voice: this.operator,
      path: `${ACCOUNT_PATH}/order-forms`,
      body: orderForm('OF-1', dayAfter(began, 0), dayAfter(began, TERM_DAYS)),
      show: ['orderFormId', 'entry.seq', 'entry.type'],
    });
  }

  private async buyAndPay(): Promise<void> {
    this.guide.chapter('Buy and pay: credits come with the payment of price and tax, and not before (P3, P8)');
    const purchaseId = await this.place('120');
    await this.debit('1', 402, ['code', 'data']);
    await this.pay(purchaseId, '14.28');
  }

  private async use(): Promise<void> {
    this.guide.chapter('Use: an action is debited; longer work is held first, and captured with what it came to');
    await this.debit('20', 201, ['entry.seq', 'entry.credits', ...legs, 'balance']);
    await this.guide.ask({
      voice: this.backend,
      path: `${ACCOUNT_PATH}/holds`,
      body: { holdId: 'lecture-7', feature: 'captions', usage: { minutes: '12' } },
      show: ['holdId', 'balance'],
    });
    await this.guide.ask({
      voice: this.backend,
      path: `${ACCOUNT_PATH}/holds/lecture-7/captures`,
      body: { usage: { minutes: '10' } },
      show: ['entry.credits', 'balance'],
    });
  }

  private async changeRates(began: number): Promise<void> {
    this.guide.chapter('The rates change: thirty days of notice to this licensee, and only for what it buys afterwards (P2)');
    const effectiveDate = dayAfter(began, 31);
    await this.guide.ask({ voice: this.operator, path: `/v1/rate-cards/${CARD}/versions`, body: ratesOf('4', effectiveDate), show: ['rateVersion', 'state'] });
    const text = `From ${effectiveDate} on, new purchases are at 4 credits a minute.`;
    await this.guide.ask({ voice: this.operator, path: `/v1/rate-cards/${CARD}/versions/2/publish`, body: { text }, show: ['rateVersion', 'state'] });
    const notice = `${ACCOUNT_PATH}/notices/rates.${CARD}@2/acknowledge`;
    await this.guide.ask({ voice: this.admin, path: notice, body: {}, show: ['deliveredOn'] });
    await this.guide.ask({ voice: this.admin, method: 'GET', path: `${ACCOUNT_PATH}/notices`, show: ['items.deliveredOn', 'items.reachesPurchasesFrom'] });
    await this.advanceTo(dayAfter(began, 32), 'The test clock is advanced past that day.');
    await this.pay(await this.place('50'), '5.95');
    this.guide.say('One action now spans both lots. Each pays its share of the minutes at the rates that it was bought at:');
    await this.debit('20', 201, ['entry.credits', ...legs, 'balance']);
  }

  private async runShort(): Promise<void> {
    this.guide.chapter('Run short: what the balance does not cover is refused, and nothing is bought in anybody’s name (P5, P6)');
    await this.debit('25', 402, ['code', 'data']);
    await this.access();
    this.guide.say('What could be afforded is let through. It uses up the balance, and the same entry suspends the account:');
    await this.debit('2.5', 201, ['entry.credits', 'balance']);
    await this.access();
    await this.debit('1', 403, ['code', 'detail', 'data']);
  }

  private async resume(): Promise<void> {
    this.guide.chapter('Buy again: the allocation ends the suspension in the same transaction');
    await this.pay(await this.place('200'), '23.80');
    await this.access();
    await this.debit('10', 201, ['entry.credits', 'balance']);
  }

  private async renew(began: number): Promise<void> {
    this.guide.chapter('The Term ends: new use is refused, the credits stay for the thirty days of grace (P4)');
    await this.advanceTo(dayAfter(began, TERM_DAYS + 10), 'The test clock is advanced ten days past the end of the Term.');
    await this.debit('1', 403, ['code', 'data']);
    await this.guide.ask({ voice: this.admin, method: 'GET', path: `${ACCOUNT_PATH}/balance`, show: ['balance'] });

    this.guide.chapter('Renew: everything is rolled over, lots, rates and order unchanged');
    await this.guide.ask({
      voice: this.operator,
      path: `${ACCOUNT_PATH}/order-forms`,
      body: orderForm('OF-2', dayAfter(began, TERM_DAYS + 1), dayAfter(began, 5 * TERM_DAYS)),
      show: ['orderFormId'],
    });
    await this.debit('10', 201, ['entry.credits', ...legs, 'balance']);
    await this.guide.ask({
      voice: this.admin,
      method: 'GET',
      path: `${ACCOUNT_PATH}/entries?limit=6`,
      show: ['items.seq', 'items.type', 'items.credits'],
    });
  }

  private async place(credits: string): Promise<string> {
    const { purchase } = await this.guide.ask<{ purchase: { purchaseId: string } }>({
      voice: this.admin,
      path: `${ACCOUNT_PATH}/purchases`,
      body: { credits },
      show: ['purchase.credits', 'purchase.price', 'purchase.tax', 'purchase.currency', 'purchase.rateVersion'],
    });
    return purchase.purchaseId;
  }

  private async pay(purchaseId: string, amount: string): Promise<void> {
    await this.guide.ask({
      voice: this.finance,
      path: '/v1/payments',
      body: { accountId: ACCOUNT, purchaseId, provider: 'bank', providerPaymentId: `transfer-of-${amount}`, amount, currency: 'EUR' },
      show: ['payment.owed', 'payment.allocated', 'lotId'],
    });
  }

  private async debit(minutes: string, expected: number, show: readonly string[]): Promise<void> {
    await this.guide.ask({ voice: this.backend, path: `${ACCOUNT_PATH}/debits`, body: { feature: 'captions', usage: { minutes } }, expected, show });
  }

  private async access(): Promise<void> {
    const path = `${ACCOUNT_PATH}/access?feature=captions`;
    await this.guide.ask({ voice: this.backend, method: 'GET', path, show: ['allowed', 'refusal', 'status', 'reasons', 'balance.balance'] });
  }

  private async advanceTo(date: string, words: string): Promise<void> {
    this.guide.say(words);
    await this.clock.advanceTo(startOfDay(date));
  }
}

function ratesOf(creditsPerUnit: string, effectiveDate: string): object {
  return { effectiveDate, features: [{ feature: 'captions', rates: [{ meter: 'minutes', unit: 'minute', creditsPerUnit }] }] };
}

function orderForm(number: string, termStart: string, termEnd: string): object {
  return {
    number,
    timeZone: 'UTC',
    termStart,
    termEnd,
    features: [{ feature: 'captions', mode: 'credits' }],
    rateCardId: CARD,
    rateVersion: '1',
    unitPrice: '0.10',
    currency: 'EUR',
    taxRate: '0.19',
    rolloverGraceDays: '30',
    ...ADDENDUM,
  };
}
