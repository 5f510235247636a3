import { HOUR_MS } from '../../src/domain/hold.js';
import type { SeededRandom } from '../support/seeded-random.js';
import { dayAfter, dayOf, type ModelAccount, type ModelLot } from './model-account.js';
import type { Wish } from './wish.js';
import type { Used } from './rates.js';

const DAY = 24 * HOUR_MS;
const FEATURES = ['captions', 'images', 'search', 'avatar'];

/** Random wishes that make sense often enough: most name something that is there. */
export class Wishes {
  private made = 0;

  constructor(private readonly random: SeededRandom) {}

  /** The first order form of an account: its Term runs now, for some weeks. */
  firstForm(now: number): Wish {
    return this.form(dayAfter(dayOf(now), -5), dayAfter(dayOf(now), this.random.whole(10, 90)), null);
  }

  next(account: ModelAccount, now: number, others: readonly string[]): Wish {
    const { random } = this;
    // Most of the time an account is fit for use: it is renewed, funded and resumed soon.
    if (account.term !== 'running' && random.next() < 0.3) return this.renewal(account, now);
    if (account.operator !== null && random.next() < 0.2) return { do: 'resume' };
    if (account.term === 'running' && account.available.lt(20) && random.next() < 0.35) return this.payment(account, now);
    if (random.next() < 0.2) return this.correction(account, now, others);
    const roll = random.whole(1, 100);
    if (roll <= 30) return this.debit(now);
    if (roll <= 47) return this.hold();
    if (roll <= 65) return this.capture(account);
    if (roll <= 70) return { do: 'release', holdId: this.holdOf(account) };
    if (roll <= 73) return { do: 'extend', holdId: this.holdOf(account), ttlMs: random.whole(1, 24) * HOUR_MS };
    if (roll <= 80) return { do: 'reverse', seq: this.actionOf(account), share: random.pick([null, '0.5', '0.25', '0.333333333', '0.1']) };
    if (roll <= 84) return { do: 'place', purchaseId: this.id('p'), credits: this.amount(200) };
    if (roll <= 90) return this.payment(account, now);
    if (roll <= 94) return this.grant(now);
    if (roll <= 96) return this.renewal(account, now);
    if (roll <= 97) return { do: 'suspend', cutsOff: random.next() < 0.5 };
    if (roll <= 99) return { do: account.operator === null ? 'run-due' : 'resume' };
    return { do: random.next() < 0.03 ? 'close' : 'run-due' };
  }

  /** How far the clock goes: mostly hours, sometimes past the end of a Term. */
  pause(): number {
    const { random } = this;
    const hours = random.pick([0, 0, 0, 0, 1, 1, 5]);
    if (random.next() < 0.93) return hours * HOUR_MS;
    return random.pick([1, 3, 10, random.whole(1, 40)]) * DAY;
  }

  private id(prefix: string): string {
    this.made += 1;
    return `${prefix}-${this.random.seed}-${this.made}`;
  }

  private amount(most: number): string {
    const { random } = this;
    const whole = random.whole(0, most);
    const places = random.pick(['', '.5', '.25', '.000000001', `.${String(random.whole(0, 999_999_999)).padStart(9, '0')}`]);
    return whole === 0 && places === '' ? '1' : `${whole}${places}`;
  }

  private usage(feature: string): Used {
    const { random } = this;
    const quantity = (): string => this.amount(random.pick([1, 3, 12, 40]));
    if (feature === 'images') return { images: quantity() };
    if (feature === 'search') return { queries: quantity() };
    if (feature === 'avatar' || random.next() < 0.8) return { minutes: quantity() };
    return { minutes: quantity(), [random.next() < 0.9 ? 'words' : 'wrods']: this.amount(5_000) };
  }

  private debit(now: number): Wish {
    const { random } = this;
    const feature = random.pick([...FEATURES, ...FEATURES, 'captions', 'captions', 'captions', 'captions', 'captions', 'dubbing']);
    const record = random.next() < 0.4;
    const back = random.pick([null, null, HOUR_MS, HOUR_MS, DAY, 30 * DAY]);
    return { do: 'debit', feature, used: this.usage(feature), record, occurredAt: back === null || !record ? null : now - back };
  }

  private hold(): Wish {
    const { random } = this;
    const feature = random.pick(['captions', 'captions', 'captions', 'captions', ...FEATURES, ...(random.next() < 0.1 ? ['dubbing'] : [])]);
    const used = random.next() < 0.5 ? this.usage(feature) : null;
    const cap = random.next() < 0.2 ? this.amount(20) : null;
    return { do: 'hold', holdId: this.id('h'), feature, used, credits: this.amount(60), ttlMs: random.whole(1, 24) * HOUR_MS, cap };
  }

  private capture(account: ModelAccount): Wish {
    const holdId = this.holdOf(account);
    const used = this.usage(account.holds.get(holdId)?.feature ?? 'captions');
    return { do: 'capture', holdId, used, final: this.random.next() < 0.4 };
  }

  private holdOf(account: ModelAccount): string {
    const open = [...account.holds].filter(([, hold]) => hold.state === 'open').map(([id]) => id);
    const any = [...account.holds.keys()].slice(-5);
    const from = this.random.next() < 0.9 && open.length > 0 ? open : any;
    return from.length === 0 ? 'none' : this.random.pick(from);
  }

  private actionOf(account: ModelAccount): number {
    const seqs = [...account.actions.keys()].slice(-20);
    return seqs.length === 0 || this.random.next() < 0.05 ? 1 : this.random.pick(seqs);
  }

  private payment(account: ModelAccount, now: number): Wish {
    const owing = [...account.purchases].filter(([, { state }]) => state !== 'allocated').slice(-6);
    if (owing.length === 0) return { do: 'place', purchaseId: this.id('p'), credits: this.amount(200) };
    const [purchaseId, { price, paid, dueAt }] = this.random.pick(owing);
    const open = price.sub(paid);
    const money = this.random.next() < 0.7 || open.lt(1) ? open : open.div(2).toDecimalPlaces(2);
    const receivedAt = this.random.next() < 0.8 ? now : dueAt - 1;
    return { do: 'pay', paymentId: this.id('y'), purchaseId, money: (this.random.next() < 0.03 ? price.add(1) : money).toFixed(2), receivedAt: Math.min(receivedAt, now) };
  }

  /** What people do about payments, lots and usage that went wrong (SPEC 7, 12). */
  private correction(account: ModelAccount, now: number, others: readonly string[]): Wish {
    const { random } = this;
    const lotId = this.lotOf(account, () => true);
    const disputed = this.lotOf(account, ({ condition }) => condition !== 'normal');
    const part = random.next() < 0.5 ? null : this.amount(40);
    const roll = random.whole(1, 100);
    if (roll <= 14) return { do: 'bounce-payment', paymentId: this.paymentOf(account), reversalId: this.id('r'), money: random.pick(['1.00', '5.00', '0.01', '20.00']), reversedAt: now };
    if (roll <= 20) return { do: random.next() < 0.5 ? 'write-off' : 'void', purchaseId: this.purchaseOf(account) };
    if (roll <= 34) return { do: 'adjust', lotId: random.next() < 0.5 ? null : lotId, credits: this.amount(30) };
    if (roll <= 42) return { do: 'freeze', lotId, credits: part };
    if (roll <= 54) return { do: 'release-frozen', lotId: disputed, credits: part };
    if (roll <= 60) return { do: 'withdraw-frozen', lotId: disputed, credits: part };
    if (roll <= 63) return { do: 'refund', lotId };
    if (roll <= 73 && others.length > 0) return { do: 'transfer-out', lotId, credits: part, to: random.pick(others) };
    const seq = this.unfundedOf(account);
    if (roll <= 92) return { do: 'settle', seq, lotId: this.lotOf(account, (lot) => lot.kind === 'purchase' && lot.lotId > seq) };
    return { do: 'waive', seq };
  }

  private lotOf(account: ModelAccount, fit: (lot: ModelLot) => boolean): number {
    const { random } = this;
    const fitting = account.lots.filter(fit).slice(-6);
    const from = random.next() < 0.9 && fitting.length > 0 ? fitting : account.lots.slice(-8);
    return from.length === 0 || random.next() < 0.03 ? 1 : random.pick(from).lotId;
  }

  private paymentOf(account: ModelAccount): string {
    const ids = [...account.payments.keys()].slice(-5);
    return ids.length === 0 || this.random.next() < 0.03 ? 'none' : this.random.pick(ids);
  }

  private purchaseOf(account: ModelAccount): string {
    const owing = [...account.purchases].filter(([, { state }]) => state === 'partially_paid' || state === 'overdue').map(([id]) => id);
    const ids = owing.length > 0 && this.random.next() < 0.7 ? owing : [...account.purchases.keys()].slice(-5);
    return ids.length === 0 || this.random.next() < 0.03 ? 'none' : this.random.pick(ids);
  }

  private unfundedOf(account: ModelAccount): number {
    const seqs = [...account.unfunded.keys()].slice(-5);
    return seqs.length === 0 || this.random.next() < 0.05 ? 1 : this.random.pick(seqs);
  }

  private grant(now: number): Wish {
    const { random } = this;
    const validThrough = random.next() < 0.4 ? null : dayAfter(dayOf(now), random.whole(-1, 40));
    return { do: 'grant', kind: random.pick(['trial', 'promotional']), credits: this.amount(50), validThrough };
  }

  private renewal(account: ModelAccount, now: number): Wish {
    const { random } = this;
    const from = dayAfter(dayOf(now), random.pick([-3, 0, 0, 10]));
    const signedOn = account.term === 'running' ? null : dayAfter(dayOf(now), -random.whole(0, 60));
    return this.form(from, dayAfter(from, random.whole(1, 80)), signedOn);
  }

  private form(termStart: string, termEnd: string, signedOn: string | null): Wish {
    const { random } = this;
    return {
      do: 'sign',
      formId: this.id('f'),
      termStart,
      termEnd,
      signedOn,
      version: random.whole(1, 3),
      graceDays: random.pick([0, 5, 30]),
      paymentDueDays: random.pick([3, 30]),
      suspendAt: random.pick(['0', '0', '5', '20.5']),
      suspendOnRefusal: random.next() < 0.3,
      features: random.next() < 0.9 ? FEATURES : FEATURES.slice(0, 3),
      priority: random.next() < 0.8 ? { trial: 10, promotional: 20, purchase: 30, adjustment: 30 } : { trial: 30, promotional: 20, purchase: 10, adjustment: 15 },
      tolerance: random.pick(['0', '0.01', '0.6']),
      purchases: random.next() < 0.6 ? [{ id: this.id('s'), credits: this.amount(300) }] : [],
    };
  }
}
