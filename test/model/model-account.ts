import type { Decimal } from 'decimal.js';
import { minus, ratio, toNano, zero, cost, knows, type Used } from './rates.js';

/** A small model of one account, with plain loops over plain records: slow, and easy to check against the contract. */
export interface ModelForm {
  readonly signedAt: number;
  readonly signature: number;
  readonly from: number;
  readonly until: number;
  readonly lapsesAt: number;
  readonly version: number;
  readonly suspendAt: Decimal;
  readonly suspendOnRefusal: boolean;
  readonly features: readonly string[];
  readonly paymentDueDays: number;
  readonly priority: Readonly<Record<string, number>>;
  readonly tolerance: string;
}

export interface ModelLot {
  /** The entry that opened it. */
  readonly lotId: number;
  /** The purchase that it was allocated to; null: granted, adjusted, or brought by a transfer. */
  readonly purchaseId: string | null;
  readonly kind: string;
  readonly version: number;
  readonly allocatedAt: number;
  readonly validUntil: number;
  issued: Decimal;
  available: Decimal;
  held: Decimal;
  consumed: Decimal;
  lapsed: Decimal;
  frozen: Decimal;
  withdrawn: Decimal;
  transferred: Decimal;
  condition: 'normal' | 'frozen' | 'refunded';
  /** Still to be frozen, of what comes back. */
  owed: Decimal;
}

export interface ModelHold {
  readonly feature: string;
  readonly charged: boolean;
  readonly placedAt: number;
  readonly cap: Decimal | null;
  expiresAt: number;
  state: 'open' | 'captured' | 'released' | 'expired';
  used: Used;
  captured: Decimal;
  legs: { lot: ModelLot; version: number; held: Decimal }[];
}

export interface ModelPurchase {
  readonly signed: boolean;
  readonly credits: Decimal;
  readonly price: Decimal;
  readonly version: number;
  readonly dueAt: number;
  readonly tolerance: string;
  state: string;
  paid: Decimal;
  writtenOff: Decimal;
  /** Of what had paid for it, taken back after its credits were allocated. */
  reversed: Decimal;
}

export interface ModelPayment {
  readonly purchaseId: string;
  readonly money: Decimal;
  /** What was more than what was owed. */
  readonly excess: Decimal;
  reversed: Decimal;
}

/** What no lot paid of an action. */
export interface ModelUnfunded {
  readonly feature: string;
  readonly used: Used;
  readonly usedBefore: Used | null;
  readonly share: Decimal;
  openShare: Decimal;
  state: 'open' | 'settled' | 'waived' | 'reversed';
}

export interface Leg {
  readonly lot: ModelLot;
  readonly from: 'held' | 'available';
  readonly version: number;
  readonly share: Decimal;
  readonly credits: Decimal;
}

export interface Action {
  readonly legs: readonly Leg[];
  readonly reversed: Decimal;
}

const DAY = 86_400_000;
export const NEVER = Number.MAX_SAFE_INTEGER;
export const startOf = (day: string): number => Date.parse(`${day}T00:00:00Z`);
export const dayOf = (instant: number): string => new Date(instant).toISOString().slice(0, 10);
export const dayAfter = (day: string, days: number): string => dayOf(startOf(day) + days * DAY);

export class ModelAccount {
  readonly forms: ModelForm[] = [];
  readonly lots: ModelLot[] = [];
  readonly holds = new Map<string, ModelHold>();
  readonly purchases = new Map<string, ModelPurchase>();
  readonly payments = new Map<string, ModelPayment>();
  /** By the `seq` of the entries that recorded it. */
  readonly unfunded = new Map<number, ModelUnfunded>();
  /** Debits and captures by the `seq` of their entries. */
  readonly actions = new Map<number, Action>();
  credit: 'active' | 'limited' | 'suspended' = 'active';
  term: 'running' | 'ended' | 'lapsed' = 'running';
  operator: { cutsOff: boolean } | null = null;
  closed = false;
  /** The latest moment at which something was decided. */
  lastBooked = 0;

  get available(): Decimal {
    return this.lots.reduce((sum, lot) => sum.add(lot.available), zero);
  }

  get held(): Decimal {
    return this.lots.reduce((sum, lot) => sum.add(lot.held), zero);
  }

  get status(): string {
    if (this.closed) return 'closed';
    if (this.term !== 'running') return 'term_ended';
    return this.operator === null ? this.credit : 'suspended';
  }

  /** The latest signed form whose Term has begun; before the first, the first one. */
  ruling(now: number): ModelForm | undefined {
    return [...this.forms].reverse().find((form) => form.from <= now) ?? this.forms[0];
  }

  /** Forms that were signed before the last Term had lapsed make it longer. */
  terms(forms: readonly ModelForm[] = this.forms): { from: number; until: number; lapsesAt: number }[] {
    const terms: { from: number; until: number; lapsesAt: number }[] = [];
    for (const { from, until, lapsesAt, signature } of forms) {
      const last = terms.at(-1);
      if (last === undefined || signature >= last.lapsesAt) terms.push({ from, until, lapsesAt });
      else {
        last.from = Math.min(last.from, from);
        last.until = Math.max(last.until, until);
        last.lapsesAt = Math.max(last.lapsesAt, lapsesAt);
      }
    }
    return terms;
  }

  termAt(now: number, forms: readonly ModelForm[] = this.forms): { from: number; until: number; lapsesAt: number } | undefined {
    const terms = this.terms(forms);
    return [...terms].reverse().find((term) => term.from <= now) ?? terms[0];
  }

  /** Whether credits that come back to a lot have lapsed. */
  isOver(lot: ModelLot, now: number): boolean {
    return lot.validUntil <= now || this.terms().some(({ lapsesAt }) => lapsesAt <= now && lot.allocatedAt < lapsesAt);
  }

  lot(lotId: number): ModelLot | undefined {
    return this.lots.find((lot) => lot.lotId === lotId);
  }

  issue(lot: Pick<ModelLot, 'lotId' | 'kind' | 'version' | 'allocatedAt' | 'validUntil' | 'purchaseId'>, credits: Decimal): void {
    const empty = { held: zero, consumed: zero, lapsed: zero, frozen: zero, withdrawn: zero, transferred: zero, owed: zero };
    this.lots.push({ ...lot, ...empty, condition: 'normal', issued: credits, available: credits });
  }

  /** Credits that come back go to where their lot stands today: frozen as long as that is owed, withdrawn, lapsed, or available. */
  giveBack(lot: ModelLot, credits: Decimal, now: number): void {
    if (lot.condition === 'refunded') {
      lot.withdrawn = lot.withdrawn.add(credits);
      return;
    }
    const frozen = credits.lt(lot.owed) ? credits : lot.owed;
    lot.owed = lot.owed.sub(frozen);
    lot.frozen = lot.frozen.add(frozen);
    const rest = credits.sub(frozen);
    if (this.isOver(lot, now)) lot.lapsed = lot.lapsed.add(rest);
    else lot.available = lot.available.add(rest);
  }

  endHold(hold: ModelHold, state: ModelHold['state'], now: number): void {
    for (const leg of hold.legs) {
      leg.lot.held = leg.lot.held.sub(leg.held);
      this.giveBack(leg.lot, leg.held, now);
      leg.held = zero;
    }
    hold.state = state;
  }

  /** Carries out a movement of credits, and what it does to the credit standing (P5). */
  moving<Result>(now: number, move: () => Result): Result {
    const was = this.available.add(this.held);
    const result = move();
    const is = this.available.add(this.held);
    const threshold = this.ruling(now)?.suspendAt ?? zero;
    if (is.lt(was) && is.lte(threshold)) this.credit = 'suspended';
    if (is.gt(was) && is.gt(threshold)) this.credit = 'active';
    return result;
  }

  /** Everything that is due by now, one after another, whatever falls due first. */
  catchUp(now: number): void {
    for (let due = this.due(now); due !== undefined; due = this.due(now)) this.moving(now, due.happen);
  }

  private due(now: number): { at: number; happen: () => void } | undefined {
    const due: { at: number; happen: () => void }[] = [];
    const term = this.termAt(now);
    const lapse = (lots: readonly ModelLot[]): void => {
      for (const lot of lots) {
        lot.lapsed = lot.lapsed.add(lot.available);
        lot.available = zero;
      }
    };
    const withCredits = this.lots.filter((lot) => !lot.available.isZero());
    if (term !== undefined && this.term === 'lapsed' && now < term.lapsesAt) due.push({ at: term.from, happen: () => (this.term = 'running') });
    for (const hold of this.holds.values()) {
      if (hold.state === 'open') due.push({ at: hold.expiresAt, happen: () => { this.endHold(hold, 'expired', now); } });
    }
    for (const lot of withCredits) due.push({ at: lot.validUntil, happen: () => { lapse([lot]); } });
    if (term !== undefined && this.term === 'running') due.push({ at: term.until, happen: () => (this.term = 'ended') });
    if (term !== undefined && this.term === 'ended') {
      due.push({
        at: term.lapsesAt,
        happen: () => {
          lapse(withCredits);
          this.term = 'lapsed';
        },
      });
    }
    if (this.term === 'lapsed') {
      const gone = Math.max(-1, ...this.terms().map(({ lapsesAt }) => lapsesAt).filter((at) => at <= now));
      const left = withCredits.filter((lot) => lot.allocatedAt < gone);
      if (left.length > 0) due.push({ at: gone, happen: () => { lapse(left); } });
    }
    for (const purchase of this.purchases.values()) {
      const waits = purchase.state === 'awaiting_payment' || (purchase.signed && purchase.state === 'partially_paid');
      if (waits) due.push({ at: purchase.dueAt, happen: () => (purchase.state = purchase.signed ? 'overdue' : 'lapsed') });
    }
    return due.filter(({ at }) => at <= now).sort((a, b) => a.at - b.at)[0];
  }

  /** The version that rates a feature for a lot: its own, or the first later one of an order form that knows it. */
  versionFor(own: number, feature: string): number | undefined {
    const later = [...new Set(this.forms.map(({ version }) => version))].filter((version) => version > own).sort();
    return [own, ...later].find((version) => cost(version, feature, {}) !== null);
  }

  /** Lots in burn order that may pay for an action at a time. */
  burnOrder(at: number): ModelLot[] {
    const place = (lot: ModelLot): number => this.forms.at(-1)?.priority[lot.kind] ?? 0;
    return this.lots
      .filter((lot) => lot.allocatedAt <= at && at < lot.validUntil && !lot.available.isZero())
      .sort((a, b) => place(a) - place(b) || a.validUntil - b.validUntil || a.allocatedAt - b.allocatedAt || this.lots.indexOf(a) - this.lots.indexOf(b));
  }

  /** Prices an action (SPEC 4): what each lot pays, and what none does. Null: no rate is known. */
  price(feature: string, used: Used, at: number, now: number, hold?: ModelHold): { legs: Leg[]; rest: Decimal; restShare: Decimal } | null {
    const due = (version: number): Decimal => {
      const whole = cost(version, feature, used) ?? zero;
      return hold === undefined ? whole : toNano(whole).sub(toNano(cost(version, feature, hold.used) ?? zero));
    };
    const sources: { lot: ModelLot; from: Leg['from']; has: Decimal; version: number }[] = [];
    for (const { lot, version, held } of hold?.legs ?? []) sources.push({ lot, from: 'held', has: held, version });
    for (const lot of this.burnOrder(at)) {
      const version = this.versionFor(lot.version, feature);
      if (version !== undefined) sources.push({ lot, from: 'available', has: lot.available, version });
    }
    const legs: Leg[] = [];
    let last: number | undefined;
    let left = zero.add(1);
    for (const { lot, from, has, version } of sources) {
      last = version;
      if (has.isZero()) continue;
      const credits = toNano(left.mul(due(version)));
      if (has.gte(credits)) {
        legs.push({ lot, from, version, share: left, credits });
        return this.known(version, feature, used, now) ? { legs, rest: zero, restShare: zero } : null;
      }
      const share = ratio(has, due(version));
      legs.push({ lot, from, version, share, credits: has });
      left = minus(left, share);
    }
    const current = this.ruling(now)?.version;
    const version = current !== undefined && cost(current, feature, {}) !== null ? current : last;
    if (version === undefined || !this.known(version, feature, used, now)) return null;
    return { legs, rest: toNano(left.mul(due(version))), restShare: left };
  }

  /** A meter that the version lacks is free, but must be known to some version of this account. */
  private known(version: number, feature: string, used: Used, now: number): boolean {
    const versions = [...this.forms.map((form) => form.version), this.ruling(now)?.version ?? version];
    return Object.keys(used).every((meter) => knows(version, feature, meter) || versions.some((other) => knows(this.versionFor(other, feature) ?? 0, feature, meter)));
  }
}
