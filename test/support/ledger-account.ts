import { randomUUID } from 'node:crypto';
import pg from 'pg';
import type { AlertRule } from '../../src/domain/alert-rule.js';
import type { Command, Debit, DebitMode, PlaceHold } from '../../src/domain/command.js';
import { amount, type Amount } from '../../src/domain/credits.js';
import { canonicalJson } from '../../src/domain/canonical-json.js';
import { genesisHash, sha256, shortDigest } from '../../src/domain/hash-chain.js';
import { readOrderForm, type OrderFormDocument } from '../../src/domain/order-form-document.js';
import { rateVersionText, type RateVersionDocument } from '../../src/domain/rate-document.js';
import { Ledger } from '../../src/ledger/ledger.js';
import type { Verdict } from '../../src/ledger/verdict.js';

/** Opens a ledger as the service does; failures that it reports go to `failures`. */
export function openLedger(writerUrl: string, options: { lanes?: number; queueLimit?: number; batchLimit?: number; patienceMs?: number; onEvents?: () => void } = {}): {
  ledger: Ledger;
  failures: unknown[];
} {
  const failures: unknown[] = [];
  const { lanes = 2, queueLimit = 100_000, ...rest } = options;
  const ledger = new Ledger({
    connectionString: writerUrl,
    lanes,
    queueLimit,
    clock: () => performance.now(),
    onFailure: (error) => failures.push(error),
    ...rest,
  });
  return { ledger, failures };
}

export function unwrap(verdict: Verdict): Extract<Verdict, { ok: true }> {
  if (!verdict.ok) throw new Error(`refused: ${JSON.stringify(verdict.refusal)}`);
  return verdict;
}

function origin(key: string, request: unknown): { keyDigest: string; fingerprint: string; actor: string } {
  return { keyDigest: shortDigest(key), fingerprint: shortDigest(JSON.stringify(request)), actor: 'key:test' };
}

export type Rates = Readonly<Record<string, Readonly<Record<string, string>>>>;

/** `{captions: {minutes: '3'}}` as a version of a card. */
export async function addRateVersion(url: string, cardId: string, version: number, rates: Rates, effectiveDate = '2020-01-01'): Promise<void> {
  const document: RateVersionDocument = {
    cardId,
    version: String(version),
    effectiveDate,
    features: Object.entries(rates).map(([feature, meters]) => ({
      feature,
      rates: Object.entries(meters).map(([meter, creditsPerUnit]) => ({ meter, unit: meter, creditsPerUnit })),
    })),
  };
  const text = rateVersionText(document);
  await query(url, `INSERT INTO rate_card VALUES ($1, $1, now()) ON CONFLICT DO NOTHING`, [cardId]);
  await query(
    url,
    `INSERT INTO rate_version (card_id, version, effective_date, content, content_hash, state, created_at, published_at)
     VALUES ($1, $2, $3, $4, decode($5, 'hex'), 'published', now(), now())`,
    [cardId, version, document.effectiveDate, text, sha256(text)],
  );
}

export async function query(url: string, sql: string, values: unknown[] = []): Promise<Record<string, string | null>[]> {
  const client = new pg.Client({ connectionString: url, options: '-c search_path=credits' });
  await client.connect();
  try {
    return (await client.query<Record<string, string | null>>(sql, values)).rows;
  } finally {
    await client.end();
  }
}

export interface LotWanted {
  readonly credits: string;
  readonly rateVersion?: number;
}

/** Scenario words over the write path itself: an account, what it buys, what it uses. */
export class LedgerAccount {
  constructor(
    readonly accountId: string,
    readonly ledger: Ledger,
  ) {}

  static async open(url: string, ledger: Ledger, accountId = `acc-${randomUUID()}`): Promise<LedgerAccount> {
    await query(url, `INSERT INTO licensee VALUES ('licensee', 'Licensee', now()) ON CONFLICT DO NOTHING`);
    await query(url, `INSERT INTO account VALUES ($1, 'licensee', now())`, [accountId]);
    await query(
      url,
      `INSERT INTO account_state (account_id, head_hash, last_recorded_at) VALUES ($1, decode($2, 'hex'), to_timestamp(0))`,
      [accountId, genesisHash(accountId)],
    );
    return new LedgerAccount(accountId, ledger);
  }

  /** One that is there already. */
  static of(accountId: string, ledger: Ledger): LedgerAccount {
    return new LedgerAccount(accountId, ledger);
  }

  /** The same account through another instance. */
  through(ledger: Pick<Ledger, 'execute'>): LedgerAccount {
    return new LedgerAccount(this.accountId, ledger as Ledger);
  }

  execute(command: Omit<Command, 'accountId'> & Record<string, unknown>): Promise<Verdict> {
    return this.ledger.execute({ ...command, accountId: this.accountId } as unknown as Command);
  }

  /** A rule `at-<credits>` that tells everybody of a balance at or below so many credits. */
  async warnAt(credits: string): Promise<void> {
    const rule: AlertRule = { ruleId: `at-${credits}`, event: 'balance.below', credits, muted: false, mail: 'all', webhooks: true };
    unwrap(await this.execute({ type: 'change-alert-rules', ...origin(`rule-${rule.ruleId}`, [credits]), ruleId: rule.ruleId, rule, mustExist: false }));
  }

  /** Signs an order form over a card; each purchase is placed under it and paid at once, so that its lot pins that version. */
  async buy(cardId: string, features: readonly string[], lots: readonly LotWanted[], more: Partial<OrderFormDocument> = {}): Promise<void> {
    for (const { credits, rateVersion = 1 } of lots) {
      const purchaseId = randomUUID();
      const document: OrderFormDocument = {
        number: `OF-${purchaseId}`,
        timeZone: 'UTC',
        termStart: '2020-01-01',
        termEnd: '2039-12-31',
        features: features.map((feature) => ({ feature, mode: 'credits' })),
        rateCardId: cardId,
        rateVersion: String(rateVersion),
        unitPrice: '0.10',
        currency: 'EUR',
        addendumVersion: '2026-03-22',
        addendumHash: '00',
        ...more,
      };
      unwrap(
        await this.execute({
          type: 'sign-order-form',
          ...origin(`sign-${purchaseId}`, document),
          form: readOrderForm(`form-${purchaseId}`, document),
          document: canonicalJson({ ...document }),
          purchases: [{ purchaseId, credits: amount(credits) }],
        }),
      );
      unwrap(await this.pay(purchaseId, amount(credits).mul('0.10')));
    }
  }

  pay(purchaseId: string, money: Amount, providerPaymentId = `pay-${purchaseId}`): Promise<Verdict> {
    return this.execute({
      type: 'record-payment',
      ...origin(`pay-${providerPaymentId}`, [purchaseId, money.toFixed()]),
      provider: 'bank',
      providerPaymentId,
      purchaseId,
      amount: money,
      currency: 'EUR',
      receivedAt: 1_700_000_000_000,
    });
  }

  debit(key: string, feature: string, usage: Readonly<Record<string, string>>, more: Partial<Debit> & { mode?: DebitMode } = {}): Promise<Verdict> {
    return this.execute({
      type: 'debit',
      ...origin(key, [feature, usage]),
      mode: 'authorize',
      feature,
      usage: Object.entries(usage).map(([meter, quantity]) => ({ meter, quantity: amount(quantity) })),
      occurredAt: null,
      endUser: null,
      metadata: null,
      ...more,
    });
  }

  grant(key: string, credits: string, validThrough: string | null = null): Promise<Verdict> {
    return this.execute({
      type: 'grant',
      ...origin(key, [credits, validThrough]),
      kind: 'promotional',
      credits: amount(credits),
      validThrough,
      reason: 'test',
    });
  }

  /** Places a purchase under the governing order form; its payment is another step. */
  placePurchase(key: string, purchaseId: string, credits: string): Promise<Verdict> {
    return this.execute({
      type: 'place-purchase',
      ...origin(key, [credits]),
      purchaseId,
      orderFormId: null,
      credits: amount(credits),
    });
  }

  announceRates(key: string, noticeId: string, cardId: string, version: number, effectiveDate: string): Promise<Verdict> {
    return this.execute({
      type: 'announce-rates',
      ...origin(key, [noticeId]),
      noticeId,
      cardId,
      version,
      effectiveDate,
      text: 'Rates change.',
    });
  }

  deliverNotice(key: string, noticeId: string): Promise<Verdict> {
    return this.execute({ type: 'deliver-notice', ...origin(key, [noticeId]), noticeId, evidence: { means: 'acknowledged' } });
  }

  hold(key: string, holdId: string, credits: string, more: Partial<PlaceHold> = {}): Promise<Verdict> {
    return this.execute({
      type: 'place-hold',
      ...origin(key, [holdId, credits]),
      holdId,
      feature: 'captions',
      estimate: { credits: amount(credits) },
      ttlMs: 3_600_000,
      maxCapture: null,
      ...more,
    });
  }

  capture(key: string, holdId: string, usage: Readonly<Record<string, string>>, final = true): Promise<Verdict> {
    return this.execute({
      type: 'capture-hold',
      ...origin(key, [holdId, usage, final]),
      holdId,
      usage: Object.entries(usage).map(([meter, quantity]) => ({ meter, quantity: amount(quantity) })),
      final,
      endUser: null,
      metadata: null,
    });
  }

  release(key: string, holdId: string): Promise<Verdict> {
    return this.execute({ type: 'release-hold', ...origin(key, [holdId]), holdId });
  }

  reverse(key: string, seq: number, share: string | null = null): Promise<Verdict> {
    return this.execute({
      type: 'reverse',
      ...origin(key, [seq, share]),
      seq,
      share: share === null ? null : amount(share),
      reason: 'test',
    });
  }
}
