import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { paidAnswer } from '../../src/http/schemas/answers.js';
import { ok } from '../support/service.js';
import { Story } from '../support/story.js';

/**
 * AI Addendum, PAYMENTS, eighth bullet (P8):
 *
 * "All fees and other amounts payable by Licensee under this Agreement are exclusive of taxes, levies, duties and
 * assessments. Licensee is responsible (to the extent applicable) for payment of all sales, use and excise taxes, imposed by
 * local governmental or regulatory authorities, except for Kaltura income taxes."
 */
let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const captions = { captions: { minutes: '3' } };

describe('P8: "exclusive of taxes, levies, duties and assessments"', () => {
  it('states the price of a purchase without tax, and the tax apart from it', async () => {
    const licensee = await story.market.customer(captions, [], { taxRate: '0.19' });
    const { purchase, entry } = await licensee.place('1000');
    expect(purchase).toMatchObject({ unitPrice: '0.1', price: '100.00', tax: '19.00', currency: 'EUR' });
    expect(entry.detail).toMatchObject({ price: '100.00', tax: '19.00' });
    expect(await story.purchase(licensee, purchase.purchaseId)).toMatchObject({ price: '100.00', tax: '19.00', owed: '119.00' });
  });

  it('gives the same credits for the same price, whatever the tax; a lot is worth its price, not its tax', async () => {
    const [taxed, untaxed] = [await story.market.customer(captions, [], { taxRate: '0.19' }), await story.market.customer(captions, [])];
    for (const [licensee, due] of [[taxed, '119.00'], [untaxed, '100.00']] as const) {
      const { purchase } = await licensee.place('1000');
      ok(await licensee.pay(purchase.purchaseId, due), paidAnswer);
      expect(await story.lots(licensee)).toMatchObject([{ issued: '1000.000000000', unitPrice: '0.1' }]);
      expect((await story.use(licensee, 'captions', { minutes: '2' })).credits).toBe('6.000000000');
    }
  });

  it('rounds the tax at the scale of its currency, where money has smaller or no fractions', async () => {
    const yen = await story.market.customer(captions, [], { taxRate: '0.1', unitPrice: '1.5', currency: 'JPY' });
    expect((await yen.place('101')).purchase).toMatchObject({ price: '152', tax: '15', currency: 'JPY' });
    const dinar = await story.market.customer(captions, [], { taxRate: '0.05', unitPrice: '0.1', currency: 'KWD' });
    expect((await dinar.place('101')).purchase).toMatchObject({ price: '10.100', tax: '0.505', currency: 'KWD' });
  });
});

describe('P8: "Licensee is responsible [...] for payment of all sales, use and excise taxes"', () => {
  it('holds a purchase paid when price and tax are: the price alone allocates nothing', async () => {
    const licensee = await story.market.customer(captions, [], { taxRate: '0.19' });
    const { purchase } = await licensee.place('1000');
    const price = ok(await licensee.pay(purchase.purchaseId, purchase.price), paidAnswer);
    expect(price.payment).toMatchObject({ owed: '19.00', allocated: false });
    expect(await licensee.balance()).toBe('0.000000000');
    const tax = ok(await licensee.pay(purchase.purchaseId, purchase.tax), paidAnswer);
    expect(tax.payment).toMatchObject({ owed: '0.00', allocated: true });
    expect(await licensee.balance()).toBe('1000.000000000');
  });

  it('keeps the tax of a purchase as it was when it was placed, also where a later order form has another', async () => {
    const cardId = await story.market.card(captions);
    const licensee = await story.market.account();
    await licensee.sign(cardId, ['captions'], { taxRate: '0.19' });
    const { purchase } = await licensee.place('1000');
    await licensee.sign(cardId, ['captions'], { taxRate: '0.25' });
    expect((await licensee.place('1000')).purchase).toMatchObject({ price: '100.00', tax: '25.00' });
    expect(await story.purchase(licensee, purchase.purchaseId)).toMatchObject({ price: '100.00', tax: '19.00', owed: '119.00' });
    expect(ok(await licensee.pay(purchase.purchaseId, '119.00'), paidAnswer).payment.allocated).toBe(true);
  });
});
