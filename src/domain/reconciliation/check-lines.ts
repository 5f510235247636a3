import { amount, formatCredits, type Amount } from '../credits.js';
import { formatMoney } from '../money.js';
import type { BreakDraft } from '../break.js';

/** An action as the backend's own file has it. */
export interface UsageLine {
  readonly accountId: string;
  readonly idempotencyKey: string;
  readonly feature: string;
  /** Quantities by meter, plain decimals. */
  readonly usage: Readonly<Record<string, string>>;
  /** As it was sent with the debit, in milliseconds; null: it is not compared. */
  readonly occurredAt: number | null;
  /** As the debit was answered; null: they are not compared. */
  readonly credits: Amount | null;
}

/** A debit or a capture as the ledger has it. */
export interface BookedUsage {
  readonly accountId: string;
  readonly seq: number;
  /** Hex. */
  readonly keyDigest: string;
  readonly feature: string;
  readonly usage: Readonly<Record<string, string>>;
  readonly occurredAt: number;
  readonly credits: Amount;
}

/** SPEC 13: a line of a usage file against what was debited under its key. Null: they agree. */
export function checkUsage(line: UsageLine, number: number, booked: BookedUsage | undefined): BreakDraft | null {
  const { accountId, idempotencyKey, feature, credits } = line;
  const reference = JSON.stringify([accountId, idempotencyKey]);
  const evidence = { accountId, idempotencyKey, line: String(number), feature, usage: usageText(line.usage) };
  if (booked === undefined) return { kind: 'usage-missing', reference, money: null, credits, evidence };
  const differing = [
    booked.feature === feature ? [] : ['feature'],
    usageText(booked.usage) === usageText(line.usage) ? [] : ['usage'],
    line.occurredAt === null || line.occurredAt === booked.occurredAt ? [] : ['occurredAt'],
    credits === null || credits.eq(booked.credits) ? [] : ['credits'],
  ].flat();
  if (differing.length === 0) return null;
  return {
    kind: 'usage-different',
    reference,
    money: null,
    credits: credits === null ? null : credits.sub(booked.credits).abs(),
    evidence: {
      ...evidence,
      differs: differing.join(', '),
      seq: String(booked.seq),
      bookedFeature: booked.feature,
      bookedUsage: usageText(booked.usage),
      bookedCredits: formatCredits(booked.credits),
    },
  };
}

export function usageTwice({ accountId, idempotencyKey, feature }: UsageLine, number: number, first: number): BreakDraft {
  const evidence = { accountId, idempotencyKey, feature, line: String(number), firstLine: String(first) };
  return { kind: 'usage-twice', reference: JSON.stringify([accountId, idempotencyKey]), money: null, credits: null, evidence };
}

/** A debit that the file does not have: of an action that the file has once and the ledger twice, or of one it has not at all. */
export function usageNotInFile({ accountId, seq, feature, usage, credits }: BookedUsage, twice: boolean): BreakDraft {
  return {
    kind: twice ? 'usage-debited-twice' : 'usage-not-in-file',
    reference: JSON.stringify([accountId, seq]),
    money: null,
    credits,
    evidence: { accountId, seq: String(seq), feature, usage: usageText(usage) },
  };
}

/** The same quantities are the same text, however they were written and in whatever order. */
export function usageText(usage: Readonly<Record<string, string>>): string {
  return Object.entries(usage)
    .map(([meter, quantity]) => `${meter} ${amount(quantity).toFixed()}`)
    .sort()
    .join(', ');
}

/** A payment as the provider's settlement file has it. */
export interface SettlementLine {
  readonly provider: string;
  readonly providerPaymentId: string;
  readonly amount: Amount;
  readonly currency: string;
}

/** The same payment as it is on record here, booked to an account or not. */
export interface RecordedPayment {
  readonly accountId: string | null;
  readonly amount: Amount;
  readonly currency: string;
}

/** SPEC 13: a line of a provider's settlement file against the payments. Null: they agree. */
export function checkSettlement(line: SettlementLine, number: number, recorded: RecordedPayment | undefined): BreakDraft | null {
  const { provider, providerPaymentId, amount: settled, currency } = line;
  const reference = JSON.stringify([provider, providerPaymentId]);
  const evidence = { provider, providerPaymentId, line: String(number), settled: formatMoney(settled, currency), settledCurrency: currency };
  const money = { amount: settled, currency };
  if (recorded === undefined) return { kind: 'settlement-missing', reference, money, credits: null, evidence };
  if (recorded.currency === currency && recorded.amount.eq(settled)) return null;
  return {
    kind: 'settlement-different',
    reference,
    money: recorded.currency === currency ? { amount: settled.sub(recorded.amount).abs(), currency } : money,
    credits: null,
    evidence: { ...evidence, accountId: recorded.accountId, recorded: formatMoney(recorded.amount, recorded.currency), recordedCurrency: recorded.currency },
  };
}

export function settlementTwice({ provider, providerPaymentId, amount: settled, currency }: SettlementLine, number: number, first: number): BreakDraft {
  return {
    kind: 'settlement-twice',
    reference: JSON.stringify([provider, providerPaymentId]),
    money: { amount: settled, currency },
    credits: null,
    evidence: { provider, providerPaymentId, line: String(number), firstLine: String(first) },
  };
}

export function settlementNotInFile(provider: string, providerPaymentId: string, recorded: RecordedPayment): BreakDraft {
  return {
    kind: 'settlement-not-in-file',
    reference: JSON.stringify([provider, providerPaymentId]),
    money: { amount: recorded.amount, currency: recorded.currency },
    credits: null,
    evidence: { accountId: recorded.accountId, provider, providerPaymentId },
  };
}
