import { afterAll, beforeAll, describe, expect, it, jest } from '@jest/globals';
import { randomUUID } from 'node:crypto';
import { completedAnswer, reversalAnswer, voidedAnswer } from '../../src/http/schemas/money.js';
import { paidAnswer } from '../../src/http/schemas/answers.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { withClient } from '../../src/postgres/connection.js';
import { keepTables, restoreTables } from '../support/kept-tables.js';
import { ok, type Answer } from '../support/service.js';
import { Story } from '../support/story.js';

jest.setTimeout(120_000);

/** An account to which everything happened that money can do, and what somebody with all rights could make of it. */
let story: Story;

beforeAll(async () => {
  story = await Story.open();
  const { market } = story;
  const cardId = await market.card({ captions: { minutes: '1' } });
  const customer = await market.account();
  await customer.sign(cardId, ['captions'], { shortfallTolerance: '0.05' });
  const finance = (url: string, body: object): Promise<Answer> => story.service.post(url, body, market.finance);
  const order = async (): Promise<string> => (await customer.place('100')).purchase.purchaseId;
  const url = (purchaseId: string, act: string): string => `${customer.url}/purchases/${purchaseId}/${act}`;

  const tooMuch = await order();
  ok(await customer.pay(tooMuch, '12'), paidAnswer);
  const short = await order();
  ok(await customer.pay(short, '9.80'), paidAnswer);
  ok(await finance(url(short, 'write-off'), { reason: 'bank fees' }), completedAnswer);
  const withheld = await order();
  ok(await finance(url(withheld, 'withholding'), { amount: '1.00', currency: 'EUR', certificate: 'W-1' }), completedAnswer);
  ok(await customer.pay(withheld, '9'), paidAnswer);
  const bounced = await order();
  const providerPaymentId = randomUUID();
  ok(await customer.pay(bounced, '10', { providerPaymentId }), paidAnswer);
  const reversal = { provider: 'bank', providerPaymentId, reversalId: 'back-1', amount: '4', currency: 'EUR', reason: 'chargeback' };
  ok(await finance('/v1/payments/reversals', reversal), reversalAnswer);
  ok(await story.service.post(url(await order(), 'void'), { reason: 'mistake' }, market.operator), voidedAnswer);
  const version = await market.version(cardId, { captions: { minutes: '2' } }, await story.day(40));
  await story.acknowledge(customer, version);
  await story.service.post(`/v1/rate-cards/${cardId}/versions/${String(version)}/withdraw`, { reason: 'wrong' }, market.operator);
  const price = { currency: 'EUR', unitPrice: '0.2', effectiveDate: await story.day(2) };
  await story.service.post(`/v1/rate-cards/${cardId}/prices`, price, market.operator);
  await story.advanceDays(3);
  ok(await customer.pay(await order(), '20'), paidAnswer);
});
afterAll(() => story.close());

const TABLES = ['entry', 'posting', 'lot', 'purchase', 'payment', 'payment_reversal', 'price_version', 'rate_notice', 'break'];

async function differences(sql: string | null): Promise<string[]> {
  const { database } = story;
  const attack = { url: database.ownerUrl, applicationName: 'test-attacker', settings: { session_replication_role: 'replica' } };
  return withClient(attack, async (client) => {
    await keepTables(client, TABLES);
    try {
      if (sql !== null) await client.query(sql);
      return (await verifyLedger({ readerUrl: database.readerUrl })).differences.map(({ at, what }) => `${at}: ${what}`);
    } finally {
      await restoreTables(client, TABLES);
    }
  });
}

function detail(type: string, from: string, to: string): string {
  return `UPDATE entry SET detail = replace(detail::text, '${from}', '${to}')::json WHERE type = '${type}' AND detail::text LIKE '%${from}%'`;
}

const CORRUPTIONS: [string, string, RegExp][] = [
  ['an excess that was none', detail('payment', '"excess":"2.00"', '"excess":"0.00"'), /entry \d+: more than what was owed/],
  ['the row of an excess', `UPDATE payment SET excess = 1 WHERE excess > 0`, /payment bank .*: excess/],
  ['a break of an excess that is gone', `DELETE FROM break WHERE kind = 'payment-excess'`, /entry \d+: break that it shows/],
  ['a payment of another amount', `UPDATE payment SET amount = amount + 1 WHERE amount = 9.80`, /payment bank .*: amount/],
  ['a payment that is gone', `DELETE FROM payment WHERE amount = 9.80`, /entry \d+: payment/],
  ['a write-off of more than was missing', detail('write-off', '"amount":"0.20"', '"amount":"0.30"'), /entry \d+: amount/],
  ['a write-off without a reason', detail('write-off', '"reason":"bank fees"', '"reason":null'), /entry \d+: reason/],
  ['a write-off that nobody made', `DELETE FROM entry WHERE type = 'write-off'`, /sequence/],
  ['a withholding of another amount', detail('withholding', '"amount":"1.00"', '"amount":"2.00"'), /entry \d+: amount still owed/],
  ['a withholding without a certificate', detail('withholding', '"certificate":"W-1"', '"certificate":null'), /entry \d+: certificate/],
  ['a purchase with other money withheld', `UPDATE purchase SET withheld = 0, paid = paid + 1 WHERE withheld > 0`, /purchase .*: (paid|withheld)/],
  ['a purchase with more written off', `UPDATE purchase SET written_off = 0.30 WHERE written_off > 0`, /purchase .*: written ?off/i],
  ['a reversal that froze less', detail('payment-reversed', '"disputed":"40.000000000"', '"disputed":"30.000000000"'), /entry \d+: /],
  ['a reversal of another amount', `UPDATE payment_reversal SET amount = 3`, /reversal .*: amount/],
  ['a reversal that is gone', `DELETE FROM payment_reversal`, /entry \d+: row/],
  ['a reversal that nothing was frozen for', `UPDATE entry SET type = 'waiver' WHERE type = 'freeze'`, /freeze that it causes/],
  ['a purchase of which nothing was taken back', `UPDATE purchase SET reversed = 0 WHERE reversed > 0`, /purchase .*: .*(reversed|took back)/],
  ['a purchase that is not voided any more', `UPDATE purchase SET state = 'awaiting_payment' WHERE state = 'voided'`, /purchase .*: state/],
  ['a voiding of what was paid', `UPDATE entry SET subject = (SELECT purchase_id FROM purchase WHERE written_off > 0) WHERE type = 'purchase-voided'`, /entry \d+: /],
  ['a price that was never published', `DELETE FROM price_version`, /entry \d+: .*price/],
  ['a price that was another one', `UPDATE price_version SET unit_price = 0.3`, /entry \d+: .*price/i],
  ['a version that is not withdrawn any more', `UPDATE rate_notice SET withdrawn = false`, /notice rates.*: withdrawn/],
  ['a withdrawal without a reason', detail('notice-withdrawn', '"reason":"wrong"', '"reason":null'), /entry \d+: reason/],
  ['a withdrawal of another version', detail('notice-withdrawn', '"version":"2"', '"version":"3"'), /entry \d+: version/],
];

describe('the verifier, of money', () => {
  it('finds nothing to object to where nobody changed anything', async () => {
    expect(await differences(null)).toEqual([]);
  });

  it.each(CORRUPTIONS)('names %s', async (_, sql, expected) => {
    expect(await differences(sql)).toContainEqual(expect.stringMatching(expected));
  });
});
