import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bookedAnswer, paidAnswer, rateVersionAnswer } from '../../src/http/schemas/answers.js';
import { versionForPurchase } from '../../src/domain/contract.js';
import { shortDigest } from '../../src/domain/hash-chain.js';
import { readOrderForm } from '../../src/domain/order-form-document.js';
import { orderForm, type Customer } from '../support/market.js';
import { codeOf, ok, problem } from '../support/service.js';
import { Story, legsOf, plusDays } from '../support/story.js';

/**
 * AI Addendum, PAYMENTS, second bullet (P2):
 *
 * "Kaltura may update Credit consumption rates by providing Licensee with thirty (30) days’ prior written notice. Any
 * changes will apply only to Credits purchased after the effective date of such change and will not affect Credits already
 * purchased by Licensee."
 */
let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const three = { captions: { minutes: '3' } };
const four = { captions: { minutes: '4' } };
const five = { captions: { minutes: '5' } };

/** A licensee on version 1 of a card of its own, with some credits bought; its zone is that of its order form. */
async function licenseeOf(cardId: string, timeZone = 'UTC'): Promise<Customer> {
  const licensee = await story.market.account();
  await licensee.sign(cardId, ['captions'], { timeZone });
  return licensee;
}

async function versionBought(licensee: Customer): Promise<string> {
  return (await licensee.place('10')).purchase.rateVersion.split('@')[1] ?? '';
}

describe('P2: "thirty (30) days’ prior written notice"', () => {
  it('refuses a change that leaves a licensee only 29 days, and takes one that leaves it 30', async () => {
    const cardId = await story.market.card(three);
    const licensee = await licenseeOf(cardId);
    const draft = { effectiveDate: await story.day(29), features: [{ feature: 'captions', rates: [{ meter: 'minutes', unit: 'minute', creditsPerUnit: '4' }] }] };
    const { version } = ok(await story.service.post(`/v1/rate-cards/${cardId}/versions`, draft, story.market.operator), rateVersionAnswer);
    expect(codeOf(await story.market.publish(cardId, version))).toBe('notice-period-too-short');
    await expect(story.notice(licensee, version)).rejects.toThrow('no notice');
    expect(ok(await story.service.get(`/v1/rate-cards/${cardId}/versions/${String(version)}`, story.market.operator), rateVersionAnswer).state).toBe('draft');
    const later = await story.market.version(cardId, four, await story.day(30));
    expect(await story.notice(licensee, later)).toMatchObject({ effectiveDate: await story.day(30), text: 'New rates.', deliveredOn: null });
  });

  it('counts them by the licensee’s own calendar: it may be tomorrow already in UTC+14, and still yesterday in UTC-11', async () => {
    const day = await story.day(2);
    // 10:30 UTC: the 2nd of the month is half past midnight of the 3rd in Kiritimati, and half past eleven at night of the 1st in Pago Pago.
    await story.advanceTo(`${day}T10:30:00Z`);
    const publish = async (timeZone: string, effectiveDate: string): Promise<string> => {
      const cardId = await story.market.card(three);
      await licenseeOf(cardId, timeZone);
      const draft = { effectiveDate, features: [{ feature: 'captions', rates: [{ meter: 'minutes', unit: 'minute', creditsPerUnit: '4' }] }] };
      ok(await story.service.post(`/v1/rate-cards/${cardId}/versions`, draft, story.market.operator), rateVersionAnswer);
      const answer = await story.market.publish(cardId, 2);
      return answer.status === 201 ? 'published' : String(problem(answer).data?.['today']);
    };
    expect(await publish('Pacific/Pago_Pago', plusDays(day, 29))).toBe('published');
    expect(await publish('UTC', plusDays(day, 29))).toBe(day);
    expect(await publish('UTC', plusDays(day, 30))).toBe('published');
    expect(await publish('Pacific/Kiritimati', plusDays(day, 30))).toBe(plusDays(day, 1));
    expect(await publish('Pacific/Kiritimati', plusDays(day, 31))).toBe('published');
  });

  it('has not begun while the notice is not delivered, however long ago it was written; it begins with delivery', async () => {
    const cardId = await story.market.card(three);
    const licensee = await licenseeOf(cardId);
    const version = await story.market.version(cardId, four, await story.day(31));
    await story.advanceDays(100);
    expect(await story.notice(licensee, version)).toMatchObject({ deliveredOn: null, reachesPurchasesFrom: null });
    expect(await versionBought(licensee)).toBe('1');

    const delivered = await story.acknowledge(licensee, version);
    expect(delivered).toBe(await story.day());
    expect((await story.notice(licensee, version)).reachesPurchasesFrom).toBe(plusDays(delivered, 31));
    await story.advanceTo(`${plusDays(delivered, 30)}T23:59:00Z`);
    expect(await versionBought(licensee)).toBe('1');
    await story.advanceTo(`${plusDays(delivered, 31)}T00:00:00Z`);
    expect(await versionBought(licensee)).toBe('2');
  });
});

describe('P2: a notice that was mailed and has bounced', () => {
  /** What the mail server reports, as the delivery of mail hands it to the ledger. */
  async function reported(licensee: Customer, version: number, what: 'accepted' | 'bounced'): Promise<void> {
    const { noticeId } = await story.notice(licensee, version);
    const key = shortDigest(`${what} ${noticeId} ${licensee.accountId}`);
    const origin = { accountId: licensee.accountId, actor: 'sys', keyDigest: key, fingerprint: key, noticeId };
    const evidence = { means: 'mail' as const, contactId: 'contact-1', messageId: 'mail-1' };
    const { ledger } = story.service;
    const verdict = await (what === 'accepted'
      ? ledger.execute({ type: 'deliver-notice', ...origin, evidence })
      : ledger.execute({ type: 'bounce-notice', ...origin, contactId: 'contact-1' }));
    expect(verdict).toMatchObject({ ok: true });
  }

  it('has not begun its thirty days, and both sides can see so; with another delivery they begin anew', async () => {
    const cardId = await story.market.card(three);
    const licensee = await licenseeOf(cardId);
    const version = await story.market.version(cardId, four, await story.day(31));
    await reported(licensee, version, 'accepted');
    expect((await story.notice(licensee, version)).deliveredOn).toBe(await story.day());
    await story.advanceDays(20);
    await reported(licensee, version, 'bounced');
    expect(await story.notice(licensee, version)).toMatchObject({ deliveredOn: null, reachesPurchasesFrom: null });
    await story.advanceDays(60);
    expect(await versionBought(licensee)).toBe('1');
    const delivered = await story.acknowledge(licensee, version);
    expect((await story.notice(licensee, version)).reachesPurchasesFrom).toBe(plusDays(delivered, 31));
    await story.advanceDays(32);
    expect(await versionBought(licensee)).toBe('2');
  });
});

describe('P2: "Kaltura may update Credit consumption rates": a version that was published may be taken back', () => {
  const withdraw = (cardId: string, version: number): ReturnType<Story['service']['post']> =>
    story.service.post(`/v1/rate-cards/${cardId}/versions/${String(version)}/withdraw`, { reason: 'wrong rate' }, story.market.operator);

  it('before it is in force for anybody: then it never reaches a purchase, and every licensee that was told can see so', async () => {
    const cardId = await story.market.card(three);
    const licensees = [await licenseeOf(cardId), await licenseeOf(cardId)] as const;
    const version = await story.market.version(cardId, four, await story.day(40));
    await story.acknowledge(licensees[0], version);
    await story.advanceDays(39);
    expect(ok(await withdraw(cardId, version), rateVersionAnswer).state).toBe('withdrawn');
    for (const licensee of licensees) {
      expect(await story.notice(licensee, version)).toMatchObject({ withdrawn: true, reachesPurchasesFrom: null });
      expect((await story.entries(licensee)).at(-1)).toMatchObject({ type: 'notice-withdrawn', detail: { cardId, version: '2', reason: 'wrong rate' } });
    }
    await story.advanceDays(60);
    expect([await versionBought(licensees[0]), await versionBought(licensees[1])]).toEqual(['1', '1']);
    expect(codeOf(await withdraw(cardId, version))).toBe('rate-version-withdrawn');
    expect(codeOf(await story.market.publish(cardId, version))).toBe('rate-version-withdrawn');
    const later = await story.market.account();
    expect(codeOf(await later.trySigning(cardId, ['captions'], { rateVersion: String(version) }))).toBe('rate-version-not-published');
    // What comes next has a number, a notice and thirty days of its own.
    const next = await story.market.version(cardId, five, await story.day(31));
    await story.acknowledge(licensees[0], next);
    await story.advanceDays(32);
    expect(await versionBought(licensees[0])).toBe('3');
  });

  it('and not once it is: one licensee of two is enough, or an order form that was signed at it', async () => {
    const cardId = await story.market.card(three);
    const [prompt] = [await licenseeOf(cardId), await licenseeOf(cardId)];
    const version = await story.market.version(cardId, four, await story.day(35));
    await story.acknowledge(prompt, version);
    await story.advanceTo(`${await story.day(36)}T00:00:00Z`);
    expect(await versionBought(prompt)).toBe('2');
    expect(codeOf(await withdraw(cardId, version))).toBe('rate-version-in-force');
    expect(await story.notice(prompt, version)).toMatchObject({ withdrawn: false });
    const kept = await story.service.get(`/v1/rate-cards/${cardId}/versions/${String(version)}`, story.market.operator);
    expect(ok(kept, rateVersionAnswer).state).toBe('published');
    expect(codeOf(await withdraw(cardId, 1))).toBe('rate-version-in-force');
    expect(codeOf(await withdraw(cardId, 9))).toBe('rate-version-not-found');
    const draft = { effectiveDate: await story.day(60), features: [{ feature: 'captions', rates: [{ meter: 'minutes', unit: 'minute', creditsPerUnit: '4' }] }] };
    ok(await story.service.post(`/v1/rate-cards/${cardId}/versions`, draft, story.market.operator), rateVersionAnswer);
    expect(codeOf(await withdraw(cardId, 3))).toBe('rate-version-not-published');
  });
});

describe('P2: "only to Credits purchased after the effective date of such change"', () => {
  it.each([
    ['Pacific/Kiritimati', '+14:00'],
    ['Pacific/Pago_Pago', '-11:00'],
    ['UTC', 'Z'],
  ])('leaves the last purchase of the effective date at the old rates, and has the next day’s first at the new ones: %s', async (timeZone, offset) => {
    const cardId = await story.market.card(three);
    const licensee = await licenseeOf(cardId, timeZone);
    const effectiveDate = await story.day(40);
    const version = await story.market.version(cardId, four, effectiveDate);
    await story.acknowledge(licensee, version);
    const midnight = Date.parse(`${plusDays(effectiveDate, 1)}T00:00:00${offset}`);

    await story.advanceTo(`${effectiveDate}T23:59:58.500${offset}`);
    const bought: [at: number, version: string][] = [];
    while ((bought.at(-1)?.[0] ?? 0) < midnight) {
      const { purchase } = await licensee.place('10');
      bought.push([Date.parse(purchase.purchasedAt), purchase.rateVersion.split('@')[1] ?? '']);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }

    // One purchase after the other, to midnight and over it: the effective date in the licensee's zone is the old rates' to its end.
    expect(bought.length).toBeGreaterThan(1);
    expect(bought.map(([at, rates]) => [at < midnight, rates])).toEqual(bought.map(([at]) => (at < midnight ? [true, '1'] : [false, '2'])));
    expect(bought.at(-1)?.[1]).toBe('2');
  });

  it('draws that line between the last millisecond of the effective date and the first of the next day', () => {
    const announced = { cardId: 'card', version: 2, effectiveDate: '2028-02-29', noticeId: 'n', announcedOn: '2028-01-01', deliveredOn: '2028-01-01', deliveries: [], withdrawn: false };
    for (const [timeZone, offset] of [['Pacific/Kiritimati', '+14:00'], ['Pacific/Pago_Pago', '-11:00']] as const) {
      const form = { ...readOrderForm('form', orderForm('card', ['captions'], { timeZone })), signedAt: 0 };
      const contract = { accountId: 'a', licenseeId: 'l', configVersion: 1, orderForms: [form], announced: [announced], closedPeriods: [], alertRules: [] };
      expect(versionForPurchase(contract, form, Date.parse(`2028-02-29T23:59:59.999${offset}`))).toBe(1);
      expect(versionForPurchase(contract, form, Date.parse(`2028-03-01T00:00:00.000${offset}`))).toBe(2);
    }
  });

  it('goes by the day of purchase, also where the payment comes after the change', async () => {
    const cardId = await story.market.card(three);
    const licensee = await licenseeOf(cardId);
    const version = await story.market.version(cardId, four, await story.day(35));
    await story.acknowledge(licensee, version);
    await story.advanceDays(34);
    const { purchase } = await licensee.place('30');
    await story.advanceDays(10);
    expect(await versionBought(licensee)).toBe('2');
    ok(await licensee.pay(purchase.purchaseId, purchase.price), paidAnswer);
    expect(legsOf(await story.use(licensee, 'captions', { minutes: '2' }))).toEqual([['1', '6.000000000']]);
  });

  it('counts the highest version in force, also where versions come out of order and one was noticed late', async () => {
    const cardId = await story.market.card(three);
    const [prompt, late] = [await licenseeOf(cardId), await licenseeOf(cardId)];
    await story.market.version(cardId, four, await story.day(40)); // version 2, in force after version 3
    await story.market.version(cardId, five, await story.day(33));
    for (const version of [3, 2]) await story.acknowledge(prompt, version);
    await story.acknowledge(late, 2);
    const bought = async (): Promise<string[]> => [await versionBought(prompt), await versionBought(late)];

    await story.advanceDays(35); // version 3 is in force, for whom it was delivered
    expect(await bought()).toEqual(['3', '1']);
    await story.advanceDays(10); // version 2 is, too: the higher one counts
    expect(await bought()).toEqual(['3', '2']);
    await story.acknowledge(late, 3);
    await story.advanceDays(30);
    expect(await bought()).toEqual(['3', '2']);
    await story.advanceDays(1);
    expect(await bought()).toEqual(['3', '3']);
  });
});

describe('P2: "will not affect Credits already purchased by Licensee"', () => {
  it('rates each lot as it was bought, for its whole life: one debit over three lots, at three rates', async () => {
    const cardId = await story.market.card(three);
    const licensee = await licenseeOf(cardId);
    await licensee.buy('5');
    for (const [rates, credits] of [[four, '5'], [five, '100']] as const) {
      const version = await story.market.version(cardId, rates, await story.day(31));
      await story.acknowledge(licensee, version);
      await story.advanceDays(32);
      await licensee.buy(credits);
    }
    // Three minutes are 9 credits of the first lot, 12 of the second, 15 of the third. The first pays 5/9 of the action, the
    // second 5/12, and 1/36 is left for the third.
    const entry = await story.use(licensee, 'captions', { minutes: '3' });
    expect(legsOf(entry)).toEqual([
      ['1', '5.000000000'],
      ['2', '5.000000000'],
      ['3', '0.416666667'],
    ]);
    expect(entry.credits).toBe('10.416666667');
    // Years later the rest of a lot still burns at its own rates.
    await story.advanceDays(1_000);
    expect(legsOf(await story.use(licensee, 'captions', { minutes: '1' }))).toEqual([['3', '5.000000000']]);
  });

  it('takes nothing from an old lot for a meter that was introduced after it was bought', async () => {
    const cardId = await story.market.card(three);
    const licensee = await licenseeOf(cardId);
    await licensee.buy('6');
    const version = await story.market.version(cardId, { captions: { minutes: '3', speakers: '2' } }, await story.day(31));
    await story.acknowledge(licensee, version);
    await story.advanceDays(32);
    await licensee.buy('100');
    const usage = { minutes: '2', speakers: '4' };
    expect(legsOf(await story.use(licensee, 'captions', usage))).toEqual([['1', '6.000000000']]);
    expect(legsOf(await story.use(licensee, 'captions', usage))).toEqual([['2', '14.000000000']]);
  });

  it('gives back half of a debit and then the other half, to the lots and at the credits of its own legs', async () => {
    const cardId = await story.market.card(three);
    const licensee = await licenseeOf(cardId);
    await licensee.buy('5');
    const version = await story.market.version(cardId, four, await story.day(31));
    await story.acknowledge(licensee, version);
    await story.advanceDays(32);
    await licensee.buy('100');
    const debit = await story.use(licensee, 'captions', { minutes: '2' });
    expect(legsOf(debit)).toEqual([
      ['1', '5.000000000'],
      ['2', '1.333333333'],
    ]);
    const reverse = async (body: object): Promise<Awaited<ReturnType<Story['use']>>> =>
      ok(await story.service.post(`${licensee.url}/entries/${String(debit.seq)}/reversal`, { reason: 'bad output', ...body }, story.market.operator), bookedAnswer).entry;
    // The newest leg first: its 1/6 of the usage, and 1/3 out of the 5/6 that the first lot paid.
    expect(legsOf(await reverse({ share: '0.5' }))).toEqual([
      ['2', '1.333333333'],
      ['1', '2.000000000'],
    ]);
    expect(legsOf(await reverse({ share: '0.5' }))).toEqual([['1', '3.000000000']]);
    expect(await licensee.balance()).toBe('105.000000000');
  });
});
