import type { AccountKeys } from '../story/account-keys.js';
import type { ApiClient, Call } from '../story/api-client.js';
import { dayAfter, startOfDay } from '../story/calendar.js';
import { ADDENDUM, CURRENCY } from '../story/plot.js';
import type { Scene } from '../story/staged-clock.js';
import { STORY_DAYS } from './plot.js';
import { batchOf, FEATURES, RATES, usageOfDays } from './studio-usage.js';

export const STUDIO = 'studio';
const LICENSEE = { licenseeId: 'studio-licensee', legalName: 'Northlight Studios Ltd' };
const CARD = 'studio-card';
const ACCOUNT = `/v1/accounts/${STUDIO}`;
const NOTICE_DAY = 3;
const EMPTY_DAY = 34;
const BUY_DAY = 37;
const DAYS_AT_ONCE = 3;
const HOUR_MS = 3_600_000;
const LAST_SCENE = Math.floor((STORY_DAYS - 1) / DAYS_AT_ONCE) * DAYS_AT_ONCE;

/**
 * An account with two months of life, so that every page of the web account shows something on the first day: three features,
 * two purchases at different rates, credits that ran out and usage that went unfunded, alerts that fired, a closed period, work
 * under way, a purchase that awaits its payment, a draft, a notice whose thirty days have not begun. Told again, it finds
 * everything done: each step has its own idempotency key, and all that it says follows from the day it began.
 */
export class Studio {
  private keys: AccountKeys | null = null;
  private began = 0;

  constructor(
    private readonly client: ApiClient,
    private readonly operatorKey: string,
  ) {}

  /** The account, before it has signed anything. */
  async open(): Promise<void> {
    await this.make(`/v1/licensees/${LICENSEE.licenseeId}`, '/v1/licensees', LICENSEE);
    await this.make(ACCOUNT, '/v1/accounts', { accountId: STUDIO, licenseeId: LICENSEE.licenseeId });
    const { createdAt } = await this.client.succeed<{ createdAt: string }>({ method: 'GET', path: ACCOUNT, apiKey: this.operatorKey });
    this.began = Date.parse(createdAt);
  }

  /** What happens, and when; the first of it at once. */
  scenes(keys: AccountKeys): Scene[] {
    this.keys = keys;
    const days = Array.from({ length: LAST_SCENE / DAYS_AT_ONCE }, (_, i) => (i + 1) * DAYS_AT_ONCE);
    return [
      { at: this.began, play: () => this.begin() },
      { at: this.evening(NOTICE_DAY), play: () => this.announce() },
      { at: this.evening(EMPTY_DAY), play: () => this.runOut() },
      { at: this.evening(BUY_DAY), play: () => this.buy('second', '4000', '320.00', '60.80') },
      ...days.map((day) => ({ at: this.evening(day) + HOUR_MS, play: () => this.use(day - DAYS_AT_ONCE + 1, day) })),
    ].sort((a, b) => a.at - b.at);
  }

  /** Once business time has come back to the present. */
  async end(): Promise<void> {
    const { admin, backend, finance } = this.known();
    await this.use(LAST_SCENE + 1, STORY_DAYS - 1);
    const month = dayAfter(this.began, STORY_DAYS).slice(0, 8);
    const through = dayAfter(startOfDay(`${month}01`), -1);
    await this.post('close', `${ACCOUNT}/periods/closure`, finance, { through });
    await this.post('hold', `${ACCOUNT}/holds`, backend, { holdId: 'render-0815', feature: 'avatars', usage: { seconds: '300' }, ttlSeconds: '86400' });
    await this.post('third', `${ACCOUNT}/purchases`, admin, { credits: '1000' });
    await this.post('replenish', `${ACCOUNT}/replenishment-rules`, admin, { balanceAt: '3000', credits: '5000' });
    await this.publish(3, dayAfter(this.began, STORY_DAYS + 60), { ...RATES.second, captions: '0.65' }, 'Captions will cost 0.65 credits a minute, for credits bought after the date on which it takes effect.');
  }

  private async begin(): Promise<void> {
    const { admin } = this.known();
    await this.make(`/v1/rate-cards/${CARD}`, '/v1/rate-cards', { cardId: CARD, name: 'Studio rates' });
    await this.publish(1, dayAfter(this.began, 0), RATES.first, 'The first rates.');
    await this.post('sign', `${ACCOUNT}/order-forms`, this.operatorKey, {
      number: 'OF-STUDIO-1',
      timeZone: 'UTC',
      termStart: dayAfter(this.began, 0),
      termEnd: dayAfter(this.began, 300),
      features: [...Object.keys(FEATURES), 'search'].map((feature) => ({ feature, mode: feature === 'search' ? 'subscription' : 'credits' })),
      rateCardId: CARD,
      rateVersion: '1',
      unitPrice: '0.08',
      currency: CURRENCY,
      taxRate: '0.19',
      suspendAtBalance: '0',
      ...ADDENDUM,
    });
    // Names that no mail and no message can ever reach (RFC 2606).
    await this.post('contact', `${ACCOUNT}/contacts`, admin, { name: 'Billing', address: 'billing@northlight.example' });
    await this.post('webhook', `${ACCOUNT}/webhooks`, admin, { url: 'https://hooks.northlight.example/credits', eventTypes: ['balance.below', 'account.suspended', 'account.resumed'] });
    await this.post('alert', `${ACCOUNT}/alert-rules`, admin, { event: 'balance.below', credits: '2500' });
    await this.buy('first', '2800', '224.00', '42.56');
    await this.post('welcome', `${ACCOUNT}/grants`, this.operatorKey, { kind: 'promotional', credits: '250', reason: 'Welcome credits' });
  }

  private async announce(): Promise<void> {
    const { admin } = this.known();
    const effective = dayAfter(this.began, NOTICE_DAY + 31);
    await this.publish(2, effective, RATES.second, `From ${effective} on, captions cost 0.6 credits a minute and agents 0.00035 a token, for credits bought afterwards.`);
    const { items } = await this.client.succeed<{ items: { noticeId: string; version: number }[] }>({ method: 'GET', path: `${ACCOUNT}/notices`, apiKey: admin });
    const notice = items.find(({ version }) => version === 2);
    await this.post('acknowledge', `${ACCOUNT}/notices/${notice?.noticeId ?? ''}/acknowledge`, admin);
  }

  /** An archive was captioned over night; the credits ended before the archive did. */
  private async runOut(): Promise<void> {
    await this.post('archive', `${ACCOUNT}/debits`, this.known().backend, { feature: 'captions', usage: { minutes: '3000' }, mode: 'record' });
  }

  private async use(from: number, through: number): Promise<void> {
    // Between the night in which the credits ended and the next purchase nothing new was admitted.
    const days = usageOfDays(from, through, (day) => day >= EMPTY_DAY && day <= BUY_DAY);
    if (days.length === 0) return;
    const items = batchOf(days, STUDIO, startOfDay(dayAfter(this.began, 0)), this.began);
    await this.client.succeed({ method: 'POST', path: `${ACCOUNT}/debits/bulk`, apiKey: this.known().backend, body: { items } });
  }

  private async buy(step: string, credits: string, price: string, tax: string): Promise<void> {
    const { admin, finance } = this.known();
    const { purchase } = await this.post<{ purchase: { purchaseId: string; price: string; tax: string } }>(step, `${ACCOUNT}/purchases`, admin, { credits });
    if (purchase.price !== price || purchase.tax !== tax) throw new Error(`${credits} credits cost ${purchase.price} and ${purchase.tax} of tax`);
    const amount = String(Number(price.replace('.', '')) + Number(tax.replace('.', ''))).replace(/(\d\d)$/, '.$1');
    await this.post(`pay-${step}`, '/v1/payments', finance, { accountId: STUDIO, purchaseId: purchase.purchaseId, provider: 'bank', providerPaymentId: `studio-${step}`, amount, currency: CURRENCY });
  }

  private async publish(version: number, effectiveDate: string, rates: Readonly<Record<string, string>>, text: string): Promise<void> {
    const versions = `/v1/rate-cards/${CARD}/versions`;
    const features = Object.entries(FEATURES).map(([feature, { meter }]) => ({ feature, rates: [{ meter, unit: meter, creditsPerUnit: rates[feature] ?? '' }] }));
    await this.make(`${versions}/${String(version)}`, versions, { effectiveDate, features });
    await this.post(`publish-${String(version)}`, `${versions}/${String(version)}/publish`, this.operatorKey, { text });
  }

  private evening(day: number): number {
    return startOfDay(dayAfter(this.began, day)) + 22 * HOUR_MS;
  }

  private known(): AccountKeys {
    if (this.keys === null) throw new Error('the keys of the account are made first');
    return this.keys;
  }

  private async make(where: string, collection: string, body: object): Promise<void> {
    const { status } = await this.client.call({ method: 'GET', path: where, apiKey: this.operatorKey });
    if (status !== 200) await this.post(`make-${where}`, collection, this.operatorKey, body);
  }

  private post<Body>(step: string, path: string, apiKey: string, body: object = {}): Promise<Body> {
    const call: Call = { method: 'POST', path, apiKey, body, idempotencyKey: `${STUDIO}:${step}` };
    return this.client.succeed<Body>(call);
  }
}
