import { expect } from '@jest/globals';
import type { z } from 'zod';
import {
  acknowledgedAnswer,
  bookedAnswer,
  clockAnswer,
  entriesAnswer,
  lotsAnswer,
  noticesAnswer,
  purchaseAnswer,
  purchasesAnswer,
  type entryAnswer,
} from '../../src/http/schemas/answers.js';
import { accessAnswer, holdAnswer, holdPlacedAnswer } from '../../src/http/schemas/holding.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { freshDatabase, type FreshDatabase } from './database.js';
import { Market, type Customer } from './market.js';
import { TestService, ok, type Answer, type ServiceOptions } from './service.js';

export type Entry = z.infer<typeof entryAnswer>;
type Usage = Readonly<Record<string, string>>;

const DAY_MS = 86_400_000;

/** The calendar day some days after another. */
export function plusDays(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + days * DAY_MS).toISOString().slice(0, 10);
}

/** What each lot paid of an action: the number of its rate version, and the credits. */
export function legsOf({ postings }: Entry): (readonly [version: string, credits: string])[] {
  return postings.map(({ rateVersion, credits }) => [rateVersion?.split('@')[1] ?? '', credits] as const);
}

/** A clause is played on this: the real service over a database of its own, its HTTP interface, and its test clock. */
export class Story {
  private constructor(
    readonly database: FreshDatabase,
    readonly service: TestService,
    readonly market: Market,
  ) {}

  static async open(options: ServiceOptions = {}): Promise<Story> {
    const database = await freshDatabase();
    const service = await TestService.start(database.writerUrl, options);
    return new Story(database, service, await Market.open(service));
  }

  /** Whatever was told, the ledger of it has to be right: the verifier rebuilds all of it from the entries. */
  async close(): Promise<void> {
    const { differences } = await verifyLedger({ readerUrl: this.database.readerUrl });
    await this.service.stop();
    // Looked at before the drop: a connection that is closing may still be told of that.
    expect(this.service.failures).toEqual([]);
    await this.database.drop();
    expect(differences).toEqual([]);
  }

  async now(): Promise<number> {
    return Date.parse(ok(await this.service.get('/v1/clock', this.market.operator), clockAnswer).businessTime);
  }

  /** The calendar day in UTC, some days from today. */
  async day(days = 0): Promise<string> {
    return plusDays(new Date(await this.now()).toISOString().slice(0, 10), days);
  }

  /** Advances the test clock to an instant, RFC 3339 with any offset from UTC, or so many milliseconds before or after it. */
  async advanceTo(instant: string, byMs = 0): Promise<void> {
    const to = new Date(Date.parse(instant) + byMs).toISOString();
    ok(await this.service.post('/v1/clock/advance', { to }, this.market.operator), clockAnswer);
  }

  async advanceDays(byDays: number): Promise<void> {
    ok(await this.service.post('/v1/clock/advance', { byDays: String(byDays) }, this.market.operator), clockAnswer);
  }

  /** Debits an action, which has to pass. */
  async use(customer: Customer, feature: string, usage: Usage, more: object = {}): Promise<Entry> {
    return ok(await customer.debit(feature, usage, { ...more }), bookedAnswer).entry;
  }

  async access(customer: Customer, feature: string): Promise<z.infer<typeof accessAnswer>> {
    return ok(await this.service.get(`${customer.url}/access?feature=${feature}`, customer.backend), accessAnswer);
  }

  async entries(customer: Customer): Promise<Entry[]> {
    return ok(await this.service.get(`${customer.url}/entries?order=oldest&limit=200`, customer.admin), entriesAnswer).items;
  }

  /** How many entries all accounts have together. */
  async entriesInAll(): Promise<number> {
    const [row] = await this.service.database.query<{ count: number }[]>('SELECT count(*)::int AS count FROM entry');
    return row?.count ?? 0;
  }

  async lots(customer: Customer): Promise<z.infer<typeof lotsAnswer>['items']> {
    return ok(await this.service.get(`${customer.url}/lots`, customer.admin), lotsAnswer).items;
  }

  async purchases(customer: Customer): Promise<z.infer<typeof purchaseAnswer>[]> {
    return ok(await this.service.get(`${customer.url}/purchases`, customer.admin), purchasesAnswer).items;
  }

  async purchase(customer: Customer, purchaseId: string): Promise<z.infer<typeof purchaseAnswer>> {
    return ok(await this.service.get(`${customer.url}/purchases/${purchaseId}`, customer.admin), purchaseAnswer);
  }

  /** What an account was told about a version of its card. */
  async notice(customer: Customer, version: number): Promise<z.infer<typeof noticesAnswer>['items'][number]> {
    const { items } = ok(await this.service.get(`${customer.url}/notices`, customer.admin), noticesAnswer);
    const notice = items.find((other) => other.version === version);
    if (notice === undefined) throw new Error(`no notice of version ${String(version)}`);
    return notice;
  }

  /** An admin of the licensee has the notice; answers the day on which that was, in its own calendar. */
  async acknowledge(customer: Customer, version: number): Promise<string> {
    const { noticeId } = await this.notice(customer, version);
    return ok(await this.service.post(`${customer.url}/notices/${noticeId}/acknowledge`, undefined, customer.admin), acknowledgedAnswer).deliveredOn;
  }

  tryHolding(customer: Customer, holdId: string, body: object): Promise<Answer> {
    return this.service.post(`${customer.url}/holds`, { holdId, ...body }, customer.backend);
  }

  async hold(customer: Customer, holdId: string, body: object): Promise<z.infer<typeof holdPlacedAnswer>> {
    return ok(await this.tryHolding(customer, holdId, body), holdPlacedAnswer);
  }

  async holdNow(customer: Customer, holdId: string): Promise<z.infer<typeof holdAnswer>> {
    return ok(await this.service.get(`${customer.url}/holds/${holdId}`, customer.backend), holdAnswer);
  }

  async capture(customer: Customer, holdId: string, usage: Usage, final = true): Promise<Entry> {
    const answer = await this.service.post(`${customer.url}/holds/${holdId}/captures`, { usage, final }, customer.backend);
    return ok(answer, bookedAnswer).entry;
  }
}
