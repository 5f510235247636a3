import { setTimeout as sleep } from 'node:timers/promises';
import type { SeededRandom } from '../../test/support/seeded-random.js';
import { answered, answeredBulk, type Register } from './record.js';
import type { Call, Sender, Told } from './sender.js';

/** What a client knows of an account: where it is, and with which keys it is asked. */
export interface Stage {
  readonly accountId: string;
  readonly admin: string;
  readonly backend: string;
  readonly operator: string;
  readonly finance: string;
  /** Whether it has named a webhook, also for notices. */
  readonly isTold: boolean;
}

/** What one item of a bulk of so many uses: a whole bulk uses about as much as any other. */
const BULKS = [
  { size: 8, minutes: ['1', '2', '0.5', '3.333333333', '7'] },
  { size: 60, minutes: ['0.5', '0.25', '0.333333333', '1'] },
  { size: 250, minutes: ['0.1', '0.05', '0.133333333'] },
  { size: 1_000, minutes: ['0.02', '0.01', '0.033333333'] },
] as const;

const ATTEMPTS = 200;

/** What all clients go by. */
export interface Pace {
  /** The most items of a bulk. */
  readonly bulk: number;
  /** Whether the adversary waits for commands to come: then there are to be more of them. */
  readonly hurry: boolean;
}

/** One of many who use the service at the same time and know nothing of each other. Everything it sends it sends until it is told. */
export class Client {
  private sent = 0;
  private readonly debits: number[] = [];

  constructor(
    private readonly name: string,
    private readonly stages: readonly Stage[],
    /** Accounts on which nothing but duels goes on. */
    private readonly quiet: readonly Stage[],
    private readonly sender: Sender,
    private readonly record: Register,
    private readonly random: SeededRandom,
    private readonly pace: Pace,
  ) {}

  /** Does one thing; answers how many commands that were. */
  async act(): Promise<number> {
    // Most of them want the same few accounts.
    const stage = this.stages[Math.min(this.random.whole(0, this.stages.length - 1), this.random.whole(0, this.stages.length - 1))] as Stage;
    const dice = this.random.whole(0, 99);
    if (dice < 8) return this.duel(this.random.pick(this.quiet));
    if (dice < 45) return this.debit(stage);
    if (dice < 58) return this.debitInBulk(stage);
    if (dice < 80) return this.holdAndEnd(stage);
    if (dice < 88) return this.buy(stage);
    if (dice < 94) return this.reverse(stage);
    if (dice < 98) return this.grant(stage);
    return this.suspendAndResume(stage);
  }

  private usage(): object {
    return { feature: 'captions', usage: { minutes: this.random.pick(['1', '2', '0.5', '3.333333333', '7']) } };
  }

  private async debit(stage: Stage): Promise<number> {
    const body = { ...this.usage(), ...(this.random.whole(0, 4) === 0 ? { mode: 'record' } : {}) };
    const key = this.nextKey();
    const at = this.random.whole(0, 9);
    const call = { path: `${pathOf(stage)}/debits`, secret: stage.backend, body, at };
    // A client that is impatient: the same request twice, at the same time, to two instances.
    const twice = this.random.whole(0, 1) === 0;
    const [told, again] = await Promise.all([this.command(stage, call, key), twice ? this.command(stage, { ...call, at: at + 1 }, key) : null]);
    const seq = seqOf(told);
    if (twice && seq !== null && seqOf(again) !== null && seqOf(again) !== seq) this.record.find(`${stage.accountId}: one key got two entries`);
    if (seq !== null) {
      this.debits.push(seq);
      if (this.random.whole(0, 2) === 0) await this.readBack(stage, seq);
    }
    return 1;
  }

  /** The same debit at several instances within milliseconds, and nothing beside it: where the second comes just as the first is committed. */
  private async duel(stage: Stage): Promise<number> {
    const key = this.nextKey();
    const call = { path: `${pathOf(stage)}/debits`, secret: stage.backend, body: { feature: 'captions', usage: { minutes: '0.001' } } };
    const at = this.random.whole(0, 9);
    const floor = this.record.floor(stage.accountId);
    const delays = [0, 1, 2].map((place) => place * this.random.whole(0, 4));
    const told = await Promise.all(
      delays.map(async (delay, place) => {
        if (delay > 0) await sleep(delay);
        return this.command(stage, { ...call, at: at + place }, key, floor);
      }),
    );
    const seqs = new Set(told.map(seqOf).filter((seq) => seq !== null));
    if (seqs.size > 1) this.record.find(`${stage.accountId}: one key got ${String(seqs.size)} entries`);
    return 1;
  }

  /** What was acknowledged is there for whoever asks next, wherever. */
  private async readBack(stage: Stage, seq: number): Promise<void> {
    const told = await this.sender.send({ method: 'GET', path: `${pathOf(stage)}/entries/${String(seq)}`, secret: stage.admin }, this.random);
    if (told !== null && told.status !== 200) this.record.find(`${stage.accountId}: entry ${String(seq)} was acknowledged, and then answered ${String(told.status)}`);
  }

  private async debitInBulk(stage: Stage): Promise<number> {
    const isLarge = this.random.whole(0, 7) < (this.pace.hurry ? 6 : 1);
    const bulks = BULKS.filter(({ size }) => size <= this.pace.bulk);
    const { size, minutes } = isLarge ? this.random.pick(bulks) : BULKS[0];
    const items = Array.from({ length: size }, () => ({ idempotencyKey: this.nextKey(), feature: 'captions', usage: { minutes: this.random.pick(minutes) } }));
    // The same bulk twice at the same time: each item is booked once, whichever batch it comes into.
    const twice = this.random.whole(0, 3) === 0;
    const at = this.random.whole(0, 9);
    await Promise.all([this.sendItems(stage, items, at), twice ? this.sendItems(stage, items, at + 1) : null]);
    return size;
  }

  /** Items that the service could not get to are sent again, until each has its verdict. */
  private async sendItems(stage: Stage, items: readonly { readonly idempotencyKey: string }[], at: number): Promise<void> {
    // Of the first attempt: what was booked then and not answered may have a smaller number than others were told since.
    const floor = this.record.floor(stage.accountId);
    let open = items;
    for (let attempt = 0; open.length > 0; attempt += 1) {
      if (attempt === ATTEMPTS) {
        this.record.find(`${stage.accountId}: ${String(open.length)} items of a bulk got no verdict in ${String(ATTEMPTS)} attempts`);
        return;
      }
      if (attempt > 0) await sleep(this.random.whole(20, 200));
      const told = await this.sender.send({ path: `${pathOf(stage)}/debits/bulk`, secret: stage.backend, body: { items: open }, at: at + attempt }, this.random);
      if (told?.status !== 200) return;
      const answers = answeredBulk.parse(told.body).items;
      if (answers.length !== open.length) this.record.find(`${stage.accountId}: ${String(open.length)} items got ${String(answers.length)} answers`);
      open = open.filter(({ idempotencyKey }, i) => {
        const answer = answers[i];
        if (answer?.entry !== undefined) this.record.acknowledge(stage.accountId, idempotencyKey, answer.entry, floor);
        else if (answer?.status === 503) return true;
        else if (answer !== undefined && answer.status < 500) this.record.refuse(stage.accountId, idempotencyKey);
        else this.record.find(`${stage.accountId}: an item of a bulk answered ${JSON.stringify(answer).slice(0, 300)}`);
        return false;
      });
    }
  }

  private async holdAndEnd(stage: Stage): Promise<number> {
    const holdId = `${this.name}-${String(this.sent)}`;
    const hold = `${pathOf(stage)}/holds`;
    const placed = await this.command(stage, { path: hold, secret: stage.backend, body: { holdId, ...this.usage(), ttlSeconds: '3600' } });
    if (placed?.status !== 201) return 1;
    const capture = { path: `${hold}/${holdId}/captures`, secret: stage.backend, body: { usage: { minutes: '1' } } };
    const release = { path: `${hold}/${holdId}/release`, secret: stage.backend, body: {} };
    if (this.random.whole(0, 2) === 0) await this.command(stage, { ...capture, body: { ...capture.body, final: false } });
    // Both ends at once, each under a key of its own: one wins.
    const ends = await Promise.all([this.command(stage, this.random.pick([capture, release])), this.command(stage, release)]);
    const won = ends.filter((end) => end?.status === 201).length;
    if (won > 1) this.record.find(`${stage.accountId}: hold ${holdId} ended ${String(won)} times`);
    return 3;
  }

  private async buy(stage: Stage): Promise<number> {
    const placed = await this.command(stage, { path: `${pathOf(stage)}/purchases`, secret: stage.admin, body: { credits: this.random.pick(['20', '100']) } });
    const purchase = (placed?.body as { purchase?: { purchaseId: string; price: string } } | undefined)?.purchase;
    if (placed?.status !== 201 || purchase === undefined) return 1;
    const key = this.nextKey();
    const body = { accountId: stage.accountId, purchaseId: purchase.purchaseId, provider: 'bank', providerPaymentId: key, amount: purchase.price, currency: 'EUR' };
    const pay = { path: '/v1/payments', secret: stage.finance, body };
    // Finance and the provider's webhook tell of the same payment at the same time.
    await Promise.all([this.sender.send({ ...pay, key }, this.random), this.sender.send({ ...pay, key: this.nextKey() }, this.random)]);
    return 3;
  }

  private async reverse(stage: Stage): Promise<number> {
    const seq = this.debits.pop();
    if (seq === undefined) return 0;
    const share = this.random.pick([{}, { share: '0.5' }]);
    await this.command(stage, { path: `${pathOf(stage)}/entries/${String(seq)}/reversal`, secret: stage.operator, body: { reason: 'Drill.', ...share } });
    return 1;
  }

  private async grant(stage: Stage): Promise<number> {
    await this.command(stage, { path: `${pathOf(stage)}/grants`, secret: stage.operator, body: { kind: 'promotional', credits: '5', reason: 'Drill.' } });
    return 1;
  }

  private async suspendAndResume(stage: Stage): Promise<number> {
    await this.command(stage, { path: `${pathOf(stage)}/suspension`, secret: stage.operator, body: { reason: 'Drill.', reference: 'D-1' } });
    await this.command(stage, { path: `${pathOf(stage)}/resumption`, secret: stage.operator, body: { reason: 'Drill.' } });
    return 2;
  }

  private async command(stage: Stage, call: Omit<Call, 'key'>, key = this.nextKey(), floor = this.record.floor(stage.accountId)): Promise<Told | null> {
    const told = await this.sender.send({ ...call, key }, this.random);
    const entry = told?.status === 201 ? answered.safeParse(told.body) : undefined;
    if (entry?.success === true) this.record.acknowledge(stage.accountId, key, entry.data.entry, floor);
    else if (told !== null && told.status >= 400 && told.status < 500) this.record.refuse(stage.accountId, key);
    return told;
  }

  private nextKey(): string {
    this.sent += 1;
    return `${this.name}-${String(this.sent)}`;
  }
}

function pathOf({ accountId }: Stage): string {
  return `/v1/accounts/${accountId}`;
}

function seqOf(told: Told | null): number | null {
  const parsed = told?.status === 201 ? answered.safeParse(told.body) : undefined;
  return parsed?.success === true ? parsed.data.entry.seq : null;
}
