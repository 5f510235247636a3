import { DEFAULT_RULES } from '../../src/domain/alert-rule.js';
import { NO_ALERTS } from '../../src/domain/alerting.js';
import type { AccountState } from '../../src/domain/account-state.js';
import type { Booked } from '../../src/domain/booking.js';
import { canonicalJson } from '../../src/domain/canonical-json.js';
import type { Command, Debit } from '../../src/domain/command.js';
import { NO_CORRECTIONS, corrected } from '../../src/domain/corrections.js';
import { ZERO, amount, formatCredits } from '../../src/domain/credits.js';
import { decide, decideDue } from '../../src/domain/decide.js';
import type { Entry } from '../../src/domain/entry.js';
import type { ErrorCode, Refusal } from '../../src/domain/errors.js';
import { HOUR_MS } from '../../src/domain/hold.js';
import { genesisHash, sha256, shortDigest } from '../../src/domain/hash-chain.js';
import { readOrderForm, type OrderFormDocument } from '../../src/domain/order-form-document.js';
import type { PriceVersion } from '../../src/domain/price.js';
import { MORE_LOTS_NEEDED } from '../../src/domain/pricing.js';
import { readRateVersion, rateVersionText, type RateVersionDocument } from '../../src/domain/rate-document.js';
import type { RateBook } from '../../src/domain/rate.js';
import { afterReversal, citedDebitOf } from '../../src/domain/reversal.js';
import { GOOD_STANDING } from '../../src/domain/standing.js';
import { unfundedUsageOf, withSettlement } from '../../src/domain/unfunded.js';

/** `{captions: {minutes: '3'}}`, or with `{rate, increment, minimum}` per meter and `predecessor` beside the meters. */
export type RatesWanted = Readonly<Record<string, Readonly<Record<string, string | { rate: string; increment?: string; minimum?: string }>>>>;

export function rateVersion(version: number, features: RatesWanted, effectiveDate = '2020-01-01', renamed: Readonly<Record<string, string>> = {}): string {
  const document: RateVersionDocument = {
    cardId: 'standard',
    version: String(version),
    effectiveDate,
    features: Object.entries(features).map(([feature, meters]) => ({
      feature,
      ...(renamed[feature] === undefined ? {} : { predecessor: renamed[feature] }),
      rates: Object.entries(meters).map(([meter, rate]) =>
        typeof rate === 'string'
          ? { meter, unit: meter, creditsPerUnit: rate }
          : { meter, unit: meter, creditsPerUnit: rate.rate, increment: rate.increment, minimum: rate.minimum },
      ),
    })),
  };
  return rateVersionText(document);
}

/** By version number of the card `standard`. */
export function rateBook(...texts: readonly string[]): RateBook {
  return new Map(texts.map((text) => readRateVersion(text)).map((version) => [version.id, version]));
}

export const NOON = Date.parse('2026-06-15T12:00:00.000Z');

function emptyState(accountId: string): AccountState {
  return {
    accountId,
    seq: 0,
    headHash: genesisHash(accountId),
    lastRecordedAt: 0,
    available: ZERO,
    held: ZERO,
    status: 'active',
    standing: GOOD_STANDING,
    dueAt: null,
    contract: { accountId, licenseeId: 'licensee', configVersion: 0, orderForms: [], announced: [], closedPeriods: [], alertRules: DEFAULT_RULES },
    alerts: NO_ALERTS,
    lots: [],
    moreLots: false,
    otherLots: new Map(),
    citedDebits: new Map(),
    corrections: NO_CORRECTIONS,
    purchases: new Map(),
    holds: new Map(),
    payments: new Map(),
  };
}

export type Matter<Type extends Command['type']> = Omit<Extract<Command, { type: Type }>, 'accountId' | 'keyDigest' | 'fingerprint' | 'actor' | 'type'>;

/** An account that lives in memory only: the rules themselves, without a database. */
export class DomainAccount {
  state: AccountState;
  now = NOON;
  readonly booked: Booked[] = [];
  /** Published price lists: none, unless a test is about them. */
  prices: readonly PriceVersion[] = [];
  private keys = 0;

  constructor(
    public rates: RateBook,
    readonly accountId = 'acc-1',
  ) {
    this.state = emptyState(accountId);
  }

  get entries(): readonly Entry[] {
    return this.booked.map(({ entry }) => entry);
  }

  command<Type extends Command['type']>(type: Type, matter: Matter<Type>): Extract<Command, { type: Type }> {
    const key = shortDigest(`key-${(this.keys += 1)}`);
    return { type, accountId: this.accountId, keyDigest: key, fingerprint: key, actor: 'key:test', ...matter } as unknown as Extract<Command, { type: Type }>;
  }

  /** Decides on the account as it stands and moves it on; answers the entry or the refusal. */
  send(command: Command): { entry: Entry | null; refusal: Refusal | null; booked: readonly Booked[] } {
    this.runDue();
    if (command.type === 'reverse' || command.type === 'settle-unfunded' || command.type === 'waive-unfunded') this.loadCited(command.seq);
    const decision = decide(this.state, command, { now: this.now, rates: this.rates });
    if (decision === MORE_LOTS_NEEDED) throw new Error('all lots of an account in memory are loaded');
    this.state = decision.state;
    this.booked.push(...decision.booked);
    return { entry: decision.refusal === null ? (decision.booked[0]?.entry ?? null) : null, refusal: decision.refusal, booked: decision.booked };
  }

  /** As the ledger does before a command: what is due by now is carried out. Answers what was booked. */
  runDue(): readonly Booked[] {
    const { dueAt } = this.state;
    if (dueAt === null || dueAt > Math.max(this.now, this.state.lastRecordedAt)) return [];
    const due = decideDue(this.state, [], { now: this.now, rates: this.rates });
    this.state = due.state;
    this.booked.push(...due.booked);
    return due.booked;
  }

  book(command: Command): Entry {
    const { entry, refusal } = this.send(command);
    if (entry === null) throw new Error(`refused: ${JSON.stringify(refusal)}`);
    return entry;
  }

  refused(command: Command): ErrorCode | null {
    return this.send(command).refusal?.code ?? null;
  }

  sign(more: Partial<OrderFormDocument> & { purchases?: readonly { credits: string }[] } = {}): this {
    const number = `OF-${this.state.contract.orderForms.length + 1}`;
    const document: OrderFormDocument = {
      number,
      timeZone: 'UTC',
      termStart: '2026-01-01',
      termEnd: '2027-12-31',
      features: [{ feature: 'captions', mode: 'credits' }],
      rateCardId: 'standard',
      rateVersion: '1',
      unitPrice: '0.1',
      currency: 'EUR',
      addendumVersion: '2026-03-22',
      addendumHash: sha256('addendum'),
      ...more,
    };
    const purchases = (document.purchases ?? []).map(({ credits }, index) => ({ purchaseId: `${number}-${index}`, credits: amount(credits) }));
    this.book(this.command('sign-order-form', { form: readOrderForm(number, document), document: canonicalJson(document as never), purchases }));
    return this;
  }

  /** Places a purchase and pays it, with tax, in one go. */
  buy(credits: string): Entry {
    const purchaseId = `purchase-${this.state.seq}`;
    this.book(this.command('place-purchase', { purchaseId, orderFormId: null, credits: amount(credits), prices: this.prices }));
    return this.pay(purchaseId);
  }

  pay(purchaseId: string): Entry {
    const purchase = this.state.purchases.get(purchaseId);
    if (purchase === undefined) throw new Error(`no purchase ${purchaseId}`);
    return this.book(
      this.command('record-payment', {
        provider: 'bank',
        providerPaymentId: `payment-${this.state.seq}`,
        purchaseId,
        amount: purchase.price.add(purchase.tax).sub(purchase.paid),
        currency: purchase.currency,
        receivedAt: this.now,
      }),
    );
  }

  grant(credits: string, kind: 'trial' | 'promotional' = 'promotional', validThrough: string | null = null): Entry {
    return this.book(this.command('grant', { kind, credits: amount(credits), validThrough, reason: 'test' }));
  }

  use(feature: string, usage: Readonly<Record<string, string>>, more: Partial<Debit> = {}): Debit {
    const quantities = Object.entries(usage).map(([meter, quantity]) => ({ meter, quantity: amount(quantity) }));
    return this.command('debit', { mode: 'authorize', feature, usage: quantities, occurredAt: null, endUser: null, metadata: null, ...more });
  }

  /** Sets aside credits, as text, or what a usage costs. */
  hold(holdId: string, estimate: string | Readonly<Record<string, string>>, more: Partial<Matter<'place-hold'>> = {}): Extract<Command, { type: 'place-hold' }> {
    return this.command('place-hold', {
      holdId,
      feature: 'captions',
      estimate: typeof estimate === 'string' ? { credits: amount(estimate) } : { usage: this.use('captions', estimate).usage },
      ttlMs: HOUR_MS,
      maxCapture: null,
      ...more,
    });
  }

  capture(holdId: string, usage: Readonly<Record<string, string>>, final = true): Extract<Command, { type: 'capture-hold' }> {
    return this.command('capture-hold', { holdId, usage: this.use('captions', usage).usage, final, endUser: null, metadata: null });
  }

  reversal(seq: number, share: string | null = null): Command {
    return this.command('reverse', { seq, share: share === null ? null : amount(share), reason: 'test' });
  }

  available(lotId: number): string {
    const lot = [...this.state.lots, ...this.state.otherLots.values()].find((other) => other.lotId === lotId);
    return formatCredits(lot?.buckets.available ?? ZERO);
  }

  /** As the ledger does before a reversal: the debit, with what was reversed of it so far. */
  private loadCited(seq: number): void {
    const debit = this.entries.find((entry) => entry.seq === seq && (entry.type === 'debit' || entry.type === 'capture'));
    if (debit === undefined) return;
    const cited = this.entries.filter((entry) => entry.cites === seq).reduce((before, entry) => {
      if (entry.type === 'reversal') return afterReversal(before, amount((JSON.parse(entry.detail) as { share: string }).share));
      const [paid] = entry.type === 'settlement' ? entry.postings : [];
      return paid === undefined ? before : withSettlement(before, paid.lotId, paid.rateVersion ?? '', amount(paid.share ?? '0'), paid.credits);
    }, citedDebitOf(debit));
    const unfunded = this.state.corrections.unfunded.get(seq) ?? unfundedUsageOf(debit);
    this.state = {
      ...this.state,
      citedDebits: new Map(this.state.citedDebits).set(seq, cited),
      corrections: unfunded === null ? this.state.corrections : corrected(this.state.corrections, { unfunded }),
    };
  }
}

export function legsOf(entry: Entry): [number, string][] {
  return entry.postings.map(({ lotId, credits }) => [lotId, formatCredits(credits)]);
}

/** What an entry moves: `lot 2: available to held 3`. */
export function movesOf(entry: Entry): string[] {
  return entry.postings.map(({ lotId, from, to, credits }) => `lot ${lotId}: ${from} to ${to} ${credits.toFixed()}`);
}
