import { randomUUID } from 'node:crypto';
import type { DataSource } from 'typeorm';
import type { LedgerEvent } from '../domain/event.js';
import { Batcher } from '../platform/batcher.js';
import {
  freeLanes,
  holdBack,
  isDown,
  leaseLanes,
  messageDueIn,
  postponeTarget,
  readDue,
  settleDeliveries,
  type Attempted,
  type Due,
  type DueDelivery,
} from '../postgres/catalogue/deliveries.js';
import type { Target, TargetKind } from '../postgres/catalogue/relay.js';
import type { DeliveryOutcome } from './delivery-outcome.js';
import { HeldLease } from './held-lease.js';

export type Deliver = (event: LedgerEvent, targetId: string) => Promise<DeliveryOutcome>;

export interface DeliveryOptions {
  readonly leaseMs: number;
  /** Then it is parked. */
  readonly attempts: number;
  /** Before the second attempt; doubled for each further one, up to the most. Jitter takes away up to half. */
  readonly firstRetryMs: number;
  readonly mostRetryMs: number;
}

/** Twelve attempts: after 5 s, 10 s, 20 s ... and from the tenth on every hour or so; about four hours in all. */
export const DELIVERY: DeliveryOptions = { leaseMs: 60_000, attempts: 12, firstRetryMs: 5_000, mostRetryMs: 3_600_000 };

const AT_ONCE = 100;
const LEASED_ELSEWHERE_MS = 250;
/** Jobs that come so close to each other begin together, and stay so: the statements of all their steps are shared. */
const GATHER_MS = 5;

/**
 * Brings an account's events to its contacts and endpoints, oldest first, each target by itself: one worker at a time for an
 * account. A target that is down holds up what comes after; an event that is refused by itself does not.
 */
export class DeliverEvents {
  private readonly holder = randomUUID();
  private readonly underWay = new Map<string, Promise<unknown>>();
  /** Jobs of many accounts are under way at once: what each of them asks of the database goes together. */
  private readonly leases: Batcher<string, boolean>;
  private readonly dues: Batcher<string, Due>;
  private readonly settlements: Batcher<Attempted, undefined>;
  private readonly ends: Batcher<string, undefined>;

  constructor(
    private readonly database: DataSource,
    private readonly deliver: Readonly<Record<TargetKind, Deliver>>,
    private readonly options: DeliveryOptions = DELIVERY,
  ) {
    const nothing = (items: readonly unknown[]) => (): undefined[] => items.map(() => undefined);
    this.leases = new Batcher((accounts) => leaseLanes(database, accounts, this.holder, options.leaseMs), GATHER_MS);
    this.dues = new Batcher((accounts) => readDue(database, accounts, AT_ONCE));
    this.settlements = new Batcher((attempts) => settleDeliveries(database, attempts).then(nothing(attempts)));
    this.ends = new Batcher((accounts) => freeLanes(database, accounts, this.holder).then(nothing(accounts)));
  }

  /** Delivers what is due of the message's account. Returns when to come back for this message; null: it is settled. */
  async run(accountId: string, messageId: string): Promise<number | null> {
    // Here in this process jobs of one account queue up, instead of asking for each other's lease.
    for (let before = this.underWay.get(accountId); before !== undefined; before = this.underWay.get(accountId)) await before;
    const drained = this.drain(accountId).finally(() => this.underWay.delete(accountId));
    // Whoever waits for its end does not mind how it ended.
    this.underWay.set(accountId, drained.catch(() => undefined));
    const left = await drained;
    if (left === null) return LEASED_ELSEWHERE_MS * (1 + Math.random());
    if (!left) return null;
    const dueIn = await messageDueIn(this.database, accountId, messageId);
    return dueIn === null ? null : Math.max(dueIn, 20);
  }

  /** Whether something waits for another attempt; null: another worker is at it. */
  private async drain(accountId: string): Promise<boolean | null> {
    if (!(await this.leases.do(accountId))) return null;
    const lease = new HeldLease(() => this.leases.do(accountId), this.options.leaseMs);
    try {
      for (;;) {
        const { due, othersWait } = await this.inOrder(accountId);
        const settled = await Promise.all(byTarget(due).map((deliveries) => this.toTarget(accountId, deliveries, lease)));
        // The other sees to the rest.
        if (lease.lost) return null;
        // What came in the meantime has a job of its own, which waits for this one.
        if (due.length < AT_ONCE) return othersWait || settled.includes(false);
      }
    } finally {
      await lease.end();
      await this.ends.do(accountId);
    }
  }

  /** What is due, without what would overtake something that its target was down for. */
  private async inOrder(accountId: string): Promise<Due> {
    let read = await this.dues.do(accountId);
    while (read.due.length > 0 && read.othersWait && read.asOf !== null && (await holdBack(this.database, accountId, read.asOf))) read = await this.dues.do(accountId);
    return read;
  }

  /** Tries what is due for one target, in order, for as long as it answers. Says whether nothing of it is left pending. */
  private async toTarget(accountId: string, deliveries: readonly DueDelivery[], lease: HeldLease): Promise<boolean> {
    let allSettled = true;
    for (const delivery of deliveries) {
      if (lease.lost) return false;
      const { settled, downForMs } = await this.attempt(delivery);
      allSettled &&= settled;
      if (downForMs === null) continue;
      await postponeTarget(this.database, accountId, delivery.target, downForMs);
      return false;
    }
    return allSettled;
  }

  /** One attempt, and what came of it, on record at once. `downForMs`: leave the target alone for so long. */
  private async attempt({ event, target, attempts: before }: DueDelivery): Promise<{ readonly settled: boolean; readonly downForMs: number | null }> {
    const { accountId, seq, ordinal } = event;
    const outcome = await this.send(event, target);
    const attempts = before + 1;
    const place = { accountId, seq, ordinal, target, attempts, status: outcome.status };
    if (outcome.ok) {
      await this.settlements.do({ ...place, state: 'delivered', excerpt: null, nextInMs: 0 });
      return { settled: true, downForMs: null };
    }
    const over = outcome.permanent || attempts >= this.options.attempts;
    const state = over ? 'parked' : 'pending';
    const nextInMs = Math.round(this.retryIn(attempts));
    await this.settlements.do({ ...place, state, excerpt: outcome.excerpt.slice(0, 500), nextInMs });
    const down = !outcome.permanent && isDown(target, outcome.status);
    return { settled: state !== 'pending', downForMs: down ? nextInMs : null };
  }

  private async send(event: LedgerEvent, { kind, id }: Target): Promise<DeliveryOutcome> {
    try {
      return await this.deliver[kind](event, id);
    } catch (error) {
      return { ok: false, permanent: false, status: null, excerpt: error instanceof Error ? error.message : String(error) };
    }
  }

  private retryIn(attempts: number): number {
    const { firstRetryMs, mostRetryMs } = this.options;
    return Math.min(mostRetryMs, firstRetryMs * 2 ** (attempts - 1)) * (1 - Math.random() / 2);
  }
}

function byTarget(due: readonly DueDelivery[]): DueDelivery[][] {
  const targets = new Map<string, DueDelivery[]>();
  for (const delivery of due) {
    const key = `${delivery.target.kind} ${delivery.target.id}`;
    const of = targets.get(key);
    if (of === undefined) targets.set(key, [delivery]);
    else of.push(delivery);
  }
  return [...targets.values()];
}
