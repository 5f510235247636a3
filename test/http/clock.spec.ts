import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { clockAnswer } from '../../src/http/schemas/answers.js';
import { codeOf, ok, type Answer } from '../support/service.js';
import { Story, plusDays } from '../support/story.js';

let story: Story;

beforeAll(async () => {
  story = await Story.open();
});
afterAll(() => story.close());

const DAY_MS = 86_400_000;

function advance(body: object, idempotencyKey = randomUUID()): Promise<Answer> {
  return story.service.post('/v1/clock/advance', body, { secret: story.market.operator, idempotencyKey });
}

async function offset(): Promise<number> {
  return Number(ok(await story.service.get('/v1/clock', story.market.operator), clockAnswer).offsetMs);
}

/** An account whose Term ends after today. Answers the instant. */
async function termThatEnds(): Promise<string> {
  const today = await story.day();
  const customer = await story.market.customer({ captions: { minutes: '3' } }, ['30'], { termEnd: today });
  expect((await story.access(customer, 'captions')).status).toBe('active');
  return `${plusDays(today, 1)}T00:00:00.000Z`;
}

describe('the test clock', () => {
  it('is advanced by the days asked for and no more, also where something falls due on the way', async () => {
    await termThatEnds();
    const before = await offset();
    ok(await advance({ byDays: '5' }), clockAnswer);
    expect((await offset()) - before).toBe(5 * DAY_MS);
  });

  it('is advanced to the very instant at which something falls due', async () => {
    const end = await termThatEnds();
    const { businessTime } = ok(await advance({ to: end }), clockAnswer);
    expect(Date.parse(businessTime)).toBeGreaterThanOrEqual(Date.parse(end));
  });

  it('stays where it is when the same request comes again', async () => {
    const key = randomUUID();
    const first = await advance({ byDays: '1' }, key);
    await termThatEnds();
    const before = await offset();
    const again = await advance({ byDays: '1' }, key);
    expect([again.text, again.headers['idempotency-replayed']]).toEqual([first.text, 'true']);
    expect(await offset()).toBe(before);
  });

  it('never goes back', async () => {
    expect(codeOf(await advance({ to: '2020-01-01T00:00:00Z' }))).toBe('business-clock-not-advanceable');
  });
});
