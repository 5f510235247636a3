import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { bookedAnswer, entriesAnswer } from '../../src/http/schemas/answers.js';
import { actAnswer } from '../../src/http/schemas/correcting.js';
import type { Customer } from '../support/market.js';
import { codeOf, ok, problem, type Answer } from '../support/service.js';
import { Story, plusDays } from '../support/story.js';

/** P2: a notice may also reach the licensee on paper. Then two operators attest it, with the document that shows it. */
let story: Story;
let other: string;

beforeAll(async () => {
  story = await Story.open();
  other = await story.service.key(['operator']);
});
afterAll(() => story.close());

const document = { reference: 'registered letter RR 123 456', sha256: 'b'.repeat(64) };

async function announced(): Promise<{ licensee: Customer; attest: (deliveredOn: string, noticeId?: string) => Promise<Answer> }> {
  const cardId = await story.market.card({ captions: { minutes: '3' } });
  const licensee = await story.market.account();
  await licensee.sign(cardId, ['captions']);
  await story.market.version(cardId, { captions: { minutes: '4' } }, await story.day(31));
  const attest = (deliveredOn: string, noticeId = `rates.${cardId}@2`): Promise<Answer> =>
    story.service.post(`${licensee.url}/notices/${noticeId}/attestation`, { deliveredOn, document }, story.market.operator);
  return { licensee, attest };
}

describe('an attested delivery', () => {
  it('waits for a second operator, and then counts from the day that the document has', async () => {
    const { licensee, attest } = await announced();
    const announcedOn = await story.day();
    await story.advanceDays(3);
    const asked = await attest(plusDays(announcedOn, 1));
    expect(asked.status).toBe(202);
    const { actId, kind } = actAnswer.parse(asked.body);
    expect(kind).toBe('attestation');
    expect((await story.notice(licensee, 2)).deliveredOn).toBeNull();
    expect(codeOf(await story.service.post(`/v1/acts/${actId}/confirmation`, undefined, story.market.operator))).toBe('second-operator-required');

    const { entry } = ok(await story.service.post(`/v1/acts/${actId}/confirmation`, undefined, other), bookedAnswer);
    expect(entry).toMatchObject({ type: 'notice-delivered', detail: { means: 'attested', evidence: { document, on: plusDays(announcedOn, 1) } } });
    expect(await story.notice(licensee, 2)).toMatchObject({
      deliveredOn: plusDays(announcedOn, 1),
      deliveries: [{ seq: entry.seq, means: 'attested', on: plusDays(announcedOn, 1), contactId: null, bouncedBy: null }],
      reachesPurchasesFrom: plusDays(announcedOn, 32),
    });
  });

  it('is refused for a day before the announcement, for tomorrow, and for a notice that was never given', async () => {
    const { licensee, attest } = await announced();
    expect(problem(await attest(await story.day(-1)))).toMatchObject({ code: 'invalid-request', pointer: '/deliveredOn' });
    expect(codeOf(await attest(await story.day(1)))).toBe('invalid-request');
    expect(codeOf(await attest(await story.day(), 'rates.none@9'))).toBe('notice-not-found');
    const byAdmin = await story.service.post(`${licensee.url}/notices/rates.none@9/attestation`, { deliveredOn: await story.day(), document }, licensee.admin);
    expect(codeOf(byAdmin)).toBe('forbidden');
    const { items } = ok(await story.service.get(`${licensee.url}/entries`, licensee.admin), entriesAnswer);
    expect(items.map(({ type }) => type)).toEqual(['notice', 'order-form']);
  });
});
