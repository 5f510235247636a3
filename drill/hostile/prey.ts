import { randomUUID } from 'node:crypto';
import type { Customers } from '../support/customers.js';
import type { Known } from './valid.js';

interface Key {
  readonly secret: string;
  readonly scopes: readonly string[];
  /** Bound to the attacker's own account. */
  readonly bound: boolean;
}

/** Names of things that are there, in one account. */
interface Belongings {
  readonly accountId: string;
  readonly cardId: string;
  readonly orderFormId: string;
  readonly purchaseId: string;
  readonly openPurchaseId: string;
  readonly lotId: number;
  readonly debitSeq: number;
  readonly holdId: string;
  /** Of a key that nobody uses. */
  readonly keyId: string;
}

/** Whom an attacker has rights on, and whom it has none on. */
export class Prey {
  private constructor(
    readonly victim: Belongings,
    private own: Belongings,
    /** What the attacker may send: one key a scope. */
    readonly keys: Readonly<Record<string, Key>>,
  ) {}

  static async lay(customers: Customers): Promise<Prey> {
    const victim = await belongings(customers);
    const platform = await customers.key(['usage:write']);
    const unbound = (secret: string, scope: string): Key => ({ secret, scopes: [scope], bound: false });
    return new Prey(victim, victim, {
      operator: unbound(customers.operator, 'operator'),
      finance: unbound(customers.finance, 'finance'),
      platform: unbound(platform.secret, 'usage:write'),
    });
  }

  /** An account for one route: what the attack before did to its own says nothing about the next one. */
  async fresh(customers: Customers): Promise<Prey> {
    const own = await belongings(customers);
    const keys: Record<string, Key> = { ...this.keys };
    for (const scope of ['account:admin', 'account:read', 'usage:write']) {
      keys[scope] = { secret: (await customers.key([scope], own.accountId)).secret, scopes: [scope], bound: true };
    }
    return new Prey(this.victim, own, keys);
  }

  get ownAccount(): string {
    return this.own.accountId;
  }

  known(whose: 'own' | 'victim'): Known {
    const of = whose === 'own' ? this.own : this.victim;
    const seqs = [String(of.debitSeq), '1', '2', '999999'];
    return {
      accountId: [of.accountId],
      toAccountId: [this.own.accountId],
      licenseeId: [`l-${randomUUID()}`, 'drill'],
      cardId: [of.cardId],
      rateCardId: [of.cardId],
      version: ['1', '2'],
      rateVersion: ['1'],
      orderFormId: [of.orderFormId],
      purchaseId: [of.purchaseId, of.openPurchaseId],
      lotId: [String(of.lotId)],
      takeFromLot: [String(of.lotId)],
      seq: seqs,
      disputedSeq: seqs,
      holdId: [of.holdId, randomUUID()],
      keyId: [of.keyId],
      feature: ['captions'],
      meter: ['minutes'],
      credits: ['1', '0.5', '1000000'],
      number: [`OF-${randomUUID()}`],
      timeZone: ['UTC', 'Europe/Berlin'],
      currency: ['EUR'],
      amount: ['0.10', '1.00'],
      providerPaymentId: [randomUUID()],
      idempotencyKey: [randomUUID()],
      termStart: ['2025-01-01'],
      termEnd: ['2039-12-31'],
      code: ['not-found'],
    };
  }
}

async function belongings(customers: Customers): Promise<Belongings> {
  const accountId = `acc-${randomUUID()}`;
  const cardId = `card-${accountId}`;
  await customers.card(cardId, { captions: { minutes: '1' } });
  const orderFormId = await customers.account(accountId, cardId, ['captions']);
  const admin = await customers.key(['account:admin'], accountId);
  const backend = await customers.key(['usage:write'], accountId);
  const { purchaseId, lotId } = await customers.buy(accountId, admin.secret, '1000');
  const placed = await customers.post<{ purchase: { purchaseId: string } }>(`/v1/accounts/${accountId}/purchases`, { credits: '5' }, admin.secret);
  const account = `/v1/accounts/${accountId}`;
  const debit = await customers.post<{ entry: { seq: number } }>(`${account}/debits`, { feature: 'captions', usage: { minutes: '1' } }, backend.secret);
  const holdId = `hold-${randomUUID()}`;
  await customers.post(`${account}/holds`, { holdId, feature: 'captions', usage: { minutes: '2' } }, backend.secret);
  return { accountId, cardId, orderFormId, purchaseId, openPurchaseId: placed.purchase.purchaseId, lotId, debitSeq: debit.entry.seq, holdId, keyId: backend.keyId };
}
