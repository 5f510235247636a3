import { mintKeys } from '../story/account-keys.js';
import type { ApiClient, Call } from '../story/api-client.js';
import { dayAfter } from '../story/calendar.js';
import { ADDENDUM, CURRENCY } from '../story/plot.js';

const ACCOUNT = 'studio';
const CARD = 'studio-card';
const DAYS = 44;
const NOTICE_ON = 4;

export interface Studio {
  readonly accountId: string;
  readonly admin: string;
}

/** The same figures in every run: how much is used on a day, as a wave with weekends. */
function load(day: number, most: number): string {
  const weekend = day % 7 >= 5 ? 0.25 : 1;
  return String(Math.round(most * weekend * (0.7 + 0.3 * Math.sin(day / 3))));
}

/** One account through six weeks: two purchases at different rates, daily use of three features, a hold, and work that went unfunded. */
export async function playStudio(client: ApiClient, operator: string): Promise<Studio> {
  let steps = 0;
  const post = async <Body>(where: string, apiKey: string, body: object = {}): Promise<Body> => {
    steps += 1;
    const call: Call = { method: 'POST', path: where, apiKey, body, idempotencyKey: `screens-${String(steps)}` };
    return client.succeed<Body>(call);
  };
  const { businessTime } = await client.succeed<{ businessTime: string }>({ method: 'GET', path: '/v1/clock', apiKey: operator });
  const began = Date.parse(businessTime);
  const account = `/v1/accounts/${ACCOUNT}`;
  await post('/v1/licensees', operator, { licenseeId: 'studio-licensee', legalName: 'Northlight Studios Ltd' });
  await post('/v1/accounts', operator, { accountId: ACCOUNT, licenseeId: 'studio-licensee' });
  const keys = await mintKeys(client, operator, ACCOUNT, 'screens');
  await post('/v1/rate-cards', operator, { cardId: CARD, name: 'Studio rates' });
  const publish = async (version: number, effectiveDate: string, rates: Readonly<Record<string, readonly [string, string, string]>>, text: string): Promise<void> => {
    const features = Object.entries(rates).map(([feature, [meter, unit, creditsPerUnit]]) => ({ feature, rates: [{ meter, unit, creditsPerUnit }] }));
    await post(`/v1/rate-cards/${CARD}/versions`, operator, { effectiveDate, features });
    await post(`/v1/rate-cards/${CARD}/versions/${String(version)}/publish`, operator, { text });
  };
  const first = { captions: ['minutes', 'minutes', '0.5'], avatars: ['seconds', 'seconds', '0.2'], agents: ['tokens', 'tokens', '0.0004'] } as const;
  await publish(1, dayAfter(began, 0), first, 'The first rates.');
  await post(`${account}/order-forms`, operator, {
    number: 'OF-2026-118',
    timeZone: 'UTC',
    termStart: dayAfter(began, 0),
    termEnd: dayAfter(began, 300),
    features: [...Object.keys(first), 'search'].map((feature) => ({ feature, mode: feature === 'search' ? 'subscription' : 'credits' })),
    rateCardId: CARD,
    rateVersion: '1',
    unitPrice: '0.08',
    currency: CURRENCY,
    taxRate: '0.19',
    suspendAtBalance: '25',
    ...ADDENDUM,
  });
  const buy = async (credits: string): Promise<void> => {
    const { purchase } = await post<{ purchase: { purchaseId: string } }>(`${account}/purchases`, keys.admin, { credits });
    const all = await client.succeed<{ items: { purchaseId: string; owed: string }[] }>({ method: 'GET', path: `${account}/purchases`, apiKey: keys.admin });
    const owed = all.items.find(({ purchaseId }) => purchaseId === purchase.purchaseId)?.owed;
    const { purchaseId } = purchase;
    await post('/v1/payments', keys.finance, { accountId: ACCOUNT, purchaseId, provider: 'bank', providerPaymentId: `transfer-${credits}`, amount: owed, currency: CURRENCY });
  };
  await buy('5000');
  await post(`${account}/grants`, operator, { kind: 'promotional', credits: '250', reason: 'Welcome credits' });
  await post(`${account}/replenishment-rules`, keys.admin, { balanceAt: '1000', credits: '5000' });
  const use = (feature: string, meter: string, quantity: string, mode = 'authorize'): Promise<unknown> =>
    quantity === '0' ? Promise.resolve() : post(`${account}/debits`, keys.backend, { feature, usage: { [meter]: quantity }, mode });
  for (let day = 1; day <= DAYS; day += 1) {
    await use('captions', 'minutes', load(day, 120));
    await use('avatars', 'seconds', load(day + 2, 240));
    await use('agents', 'tokens', load(day + 4, 90_000));
    if (day === NOTICE_ON) {
      const second = { captions: ['minutes', 'minutes', '0.6'], avatars: ['seconds', 'seconds', '0.2'], agents: ['tokens', 'tokens', '0.00035'] } as const;
      const effective = dayAfter(began, NOTICE_ON + 32);
      await publish(2, effective, second, `From ${effective} on, captions cost 0.6 credits a minute and agents 0.00035 a token, for credits bought afterwards.`);
      const { items } = await client.succeed<{ items: { noticeId: string }[] }>({ method: 'GET', path: `${account}/notices`, apiKey: keys.admin });
      await post(`${account}/notices/${items[0]?.noticeId ?? ''}/acknowledge`, keys.admin);
    }
    if (day === NOTICE_ON + 34) await buy('2000');
    await post('/v1/clock/advance', operator, { byDays: '1' });
  }
  await post(`${account}/holds`, keys.backend, { holdId: 'render-0815', feature: 'avatars', usage: { seconds: '300' } });
  await post(`/v1/rate-cards/${CARD}/versions`, operator, { effectiveDate: dayAfter(began, DAYS + 60), features: [{ feature: 'captions', rates: [{ meter: 'minutes', unit: 'minutes', creditsPerUnit: '0.65' }] }] });
  await post(`/v1/rate-cards/${CARD}/versions/3/publish`, operator, { text: 'Captions will cost 0.65 credits a minute, for credits bought after the date on which it takes effect.' });
  await post(`${account}/adjustments`, operator, { credits: '2500', reason: 'Makes good an outage' }).catch(() => undefined);
  return { accountId: ACCOUNT, admin: keys.admin };
}
