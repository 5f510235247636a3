import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';
import type { SeededRandom } from '../../test/support/seeded-random.js';
import type { Stage } from './client.js';
import type { Call, Sender, Told } from './sender.js';
import { CARD } from './stage.js';

/** Over ten steps more than two months go by: holds expire, notices run out, Terms end, and what is left lapses. */
const STEPS = 10;
const DAYS_A_STEP = 7;
/** After the third step, with more than thirty days of notice. */
export const TERM_DAYS = 18;
const NOTICE_DAYS = 31;
const RATES = ['1.5', '0.75', '1.2'] as const;

const clock = z.looseObject({ businessTime: z.string() });
const drafted = z.looseObject({ version: z.number() });
const noticed = z.looseObject({ items: z.array(z.looseObject({ noticeId: z.string() })) });

/** What the vendor does meanwhile: time goes by, rates are changed and announced, and licensees confirm that they have read so. */
export class Business {
  constructor(
    private readonly operator: string,
    private readonly stages: readonly Stage[],
    private readonly sender: Sender,
    private readonly random: SeededRandom,
  ) {}

  /** `part`: how much of the storm is over, from 0 to 1; null: it is over. */
  async run(part: () => number | null): Promise<void> {
    for (let step = 1; step <= STEPS; step += 1) {
      for (;;) {
        const now = part();
        if (now === null) return;
        if (now >= step / (STEPS + 1)) break;
        await sleep(20);
      }
      if (step % 3 === 1) await this.changeRates(RATES[Math.floor(step / 3)] ?? '1');
      await this.post('/v1/clock/advance', { byDays: String(DAYS_A_STEP) });
    }
  }

  private async changeRates(creditsPerUnit: string): Promise<void> {
    const told = await this.send({ method: 'GET', path: '/v1/clock', secret: this.operator });
    if (told?.status !== 200) return;
    const { businessTime } = clock.parse(told.body);
    const effectiveDate = new Date(Date.parse(businessTime) + NOTICE_DAYS * 24 * 3_600_000).toISOString().slice(0, 10);
    const features = [{ feature: 'captions', rates: [{ meter: 'minutes', unit: 'minute', creditsPerUnit }] }];
    const draft = await this.post(`/v1/rate-cards/${CARD}/versions`, { effectiveDate, features });
    if (draft?.status !== 201) return;
    await this.post(`/v1/rate-cards/${CARD}/versions/${String(drafted.parse(draft.body).version)}/publish`, { text: 'New rates.' });
    for (let i = 0; i < 8; i += 1) await this.acknowledge(this.random.pick(this.stages));
  }

  private async acknowledge({ accountId, admin }: Stage): Promise<void> {
    const notices = `/v1/accounts/${accountId}/notices`;
    const told = await this.send({ method: 'GET', path: notices, secret: admin });
    if (told?.status !== 200) return;
    for (const { noticeId } of noticed.parse(told.body).items) await this.post(`${notices}/${noticeId}/acknowledge`, {}, admin);
  }

  private post(path: string, body: object, secret = this.operator): Promise<Told | null> {
    return this.send({ path, secret, key: randomUUID(), body });
  }

  private send(call: Call): Promise<Told | null> {
    return this.sender.send(call, this.random);
  }
}
