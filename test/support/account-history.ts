import fc from 'fast-check';
import { knownLots } from '../../src/domain/account-state.js';
import { amount } from '../../src/domain/credits.js';
import { sha256 } from '../../src/domain/hash-chain.js';
import { HOUR_MS } from '../../src/domain/hold.js';
import type { Entry } from '../../src/domain/entry.js';
import { isOpen } from '../../src/domain/lot.js';
import { openCredits, unfundedUsageOf } from '../../src/domain/unfunded.js';
import type { AccountProjection } from '../../src/domain/verification/compare-projections.js';
import { applyEntry, finishReplay } from '../../src/domain/verification/apply-entry.js';
import { compareProjections } from '../../src/domain/verification/compare-projections.js';
import { Findings, type Difference } from '../../src/domain/verification/difference.js';
import { newReplay, type CitedEntry, type EntryRecord, type PaymentRow, type UnfundedRow } from '../../src/domain/verification/replay.js';
import { correctionStep, playCorrection, type CorrectionStep } from './correction-steps.js';
import { PRICES, payingStep, playPaying, type PayingStep } from './paying-steps.js';
import { DomainAccount, rateBook, rateVersion } from './domain-account.js';

export const RATES = rateBook(
  rateVersion(1, { captions: { minutes: '3', words: { rate: '0.000000007', increment: '10' } } }),
  rateVersion(2, { captions: { minutes: '4.3', words: '0.0000001', languages: '0.7' }, search: { queries: '0' } }),
  rateVersion(3, { captions: { minutes: { rate: '0.1', increment: '0.25', minimum: '2' }, words: '0' }, search: { queries: '0.000000001' } }),
);
const FEATURES = ['captions', 'search', 'avatar'].map((feature) => ({ feature, mode: feature === 'avatar' ? ('subscription' as const) : ('credits' as const) }));

/** What may happen to an account: each step names what it needs by number, so that any list of them makes sense. */
export type Step =
  | CorrectionStep
  | PayingStep
  | { readonly do: 'sign'; readonly version: number; readonly suspendAt: string }
  | { readonly do: 'buy'; readonly credits: string }
  | { readonly do: 'grant'; readonly credits: string; readonly trial: boolean; readonly days: number | null }
  | { readonly do: 'debit'; readonly feature: string; readonly usage: Readonly<Record<string, string>>; readonly record: boolean; readonly back: number }
  | { readonly do: 'hold'; readonly usage: Readonly<Record<string, string>> | null; readonly credits: string; readonly hours: number; readonly cap: string | null }
  | { readonly do: 'capture'; readonly nth: number; readonly usage: Readonly<Record<string, string>>; readonly final: boolean }
  | { readonly do: 'release'; readonly nth: number }
  | { readonly do: 'extend'; readonly nth: number }
  | { readonly do: 'operator'; readonly cutsOff: boolean }
  | { readonly do: 'renew'; readonly days: number; readonly back: number }
  | { readonly do: 'reverse'; readonly nth: number; readonly share: string | null }
  | { readonly do: 'wait'; readonly ms: number };

const digits = (whole: number, places: number): fc.Arbitrary<string> =>
  fc.tuple(fc.bigInt(0n, 10n ** BigInt(whole)), fc.stringMatching(new RegExp(`^\\d{0,${places}}$`))).map(([a, b]) => (b === '' ? String(a) : `${a}.${b}`));
const credits = fc.oneof(fc.constantFrom('0.000000001', '1', '5', `${'9'.repeat(28)}.${'9'.repeat(9)}`), digits(3, 9)).filter((text) => !amount(text).isZero());
const quantity = fc.oneof({ weight: 12, arbitrary: digits(1, 3) }, { weight: 3, arbitrary: digits(2, 9) }, { weight: 1, arbitrary: digits(28, 9) });
export const usage = fc.oneof(
  fc.record({ minutes: quantity }),
  fc.record({ minutes: quantity, words: quantity }),
  fc.record({ words: quantity, languages: quantity }),
);
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 7, arbitrary: correctionStep },
  { weight: 7, arbitrary: payingStep },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('sign' as const), version: fc.integer({ min: 1, max: 3 }), suspendAt: fc.constantFrom('0', '2.5') }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('buy' as const), credits }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('grant' as const), credits, trial: fc.boolean(), days: fc.option(fc.integer({ min: 0, max: 3 })) }) },
  {
    weight: 8,
    arbitrary: fc.record({ do: fc.constant('debit' as const), feature: fc.constant('captions'), usage, record: fc.boolean(), back: fc.constantFrom(0, 0, 0, 90_000_000) }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      do: fc.constant('debit' as const),
      feature: fc.constantFrom('search', 'avatar'),
      usage: fc.record({ queries: quantity }),
      record: fc.boolean(),
      back: fc.constant(0),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      do: fc.constant('hold' as const),
      usage: fc.option(usage),
      credits,
      hours: fc.integer({ min: 1, max: 24 }),
      cap: fc.option(fc.constantFrom('0', '0.7', '3')),
    }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('capture' as const), nth: fc.nat(20), usage, final: fc.boolean() }) },
  { weight: 2, arbitrary: fc.oneof(fc.record({ do: fc.constant('release' as const), nth: fc.nat(20) }), fc.record({ do: fc.constant('extend' as const), nth: fc.nat(20) })) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('operator' as const), cutsOff: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('renew' as const), days: fc.integer({ min: 1, max: 90 }), back: fc.nat(60) }) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('reverse' as const), nth: fc.nat(20), share: fc.option(fc.constantFrom('0.25', '0.333333333', '0.000000001', '0.9')) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('wait' as const), ms: fc.constantFrom(1, 1000, HOUR_MS, 86_400_000, 20 * 86_400_000, 400 * 86_400_000, -500) }) },
);
export const history = fc.array(step, { minLength: 1, maxLength: 30 });

function open(): DomainAccount {
  const account = new DomainAccount(RATES).sign({ features: FEATURES, purchases: [{ credits: '10' }] });
  account.prices = PRICES;
  account.grant('1.000000007', 'trial', '2026-06-17');
  ['2', '3', '1'].forEach((version, index) => {
    account.sign({ features: FEATURES, rateVersion: version });
    account.buy(['1.5', '0.7', '3.333333333'][index] ?? '');
  });
  return account;
}

/** The step as a command on the account as it stands, or null where it only moves the clock or has nothing to act on. */
function play(account: DomainAccount, wanted: Step): void {
  switch (wanted.do) {
    case 'hold': {
      const { usage: wantedUsage } = wanted;
      const estimate = wantedUsage === null ? { credits: amount(wanted.credits) } : { usage: account.use('captions', wantedUsage).usage };
      const maxCapture = wanted.cap === null ? null : amount(wanted.cap);
      const holdId = `h-${account.state.seq}`;
      account.send(account.command('place-hold', { holdId, feature: 'captions', estimate, ttlMs: wanted.hours * HOUR_MS, maxCapture }));
      break;
    }
    case 'capture':
    case 'release':
    case 'extend': {
      const holds = [...account.state.holds.keys()];
      const holdId = holds[wanted.nth % Math.max(holds.length, 1)] ?? 'none';
      if (wanted.do === 'capture') account.send(account.capture(holdId, wanted.usage, wanted.final));
      else if (wanted.do === 'release') account.send(account.command('release-hold', { holdId }));
      else account.send(account.command('extend-hold', { holdId, ttlMs: 20 * HOUR_MS }));
      break;
    }
    case 'operator':
      if (account.state.standing.operator !== null) account.send(account.command('resume', { reason: 'test' }));
      else account.send(account.command('suspend', { reason: 'law', reference: 'case-1', cutsOffRunningWork: wanted.cutsOff }));
      break;
    case 'renew': {
      const day = (days: number): string => new Date(account.now + days * 86_400_000).toISOString().slice(0, 10);
      account.sign({ features: FEATURES, termStart: day(0), termEnd: day(wanted.days), signedOn: day(-wanted.back), suspendOnRefusal: wanted.days % 2 === 0 });
      break;
    }
    case 'sign':
      account.sign({ features: FEATURES, rateVersion: String(wanted.version), suspendAtBalance: wanted.suspendAt });
      break;
    case 'buy': {
      const purchaseId = `p-${account.state.seq}`;
      const placed = account.send(account.command('place-purchase', { purchaseId, orderFormId: null, credits: amount(wanted.credits), prices: account.prices }));
      const owed = account.state.purchases.get(purchaseId)?.price;
      if (placed.refusal !== null || owed === undefined || owed.isZero()) return;
      const half = owed.div(2).toDecimalPlaces(2);
      for (const money of half.isZero() ? [owed] : [half, owed.sub(half)]) {
        const payment = { provider: 'bank', providerPaymentId: `id-${account.state.seq}`, purchaseId, amount: money, currency: 'EUR', receivedAt: account.now };
        account.send(account.command('record-payment', payment));
      }
      break;
    }
    case 'grant': {
      const validThrough = wanted.days === null ? null : new Date(account.now + wanted.days * 86_400_000).toISOString().slice(0, 10);
      account.send(account.command('grant', { kind: wanted.trial ? 'trial' : 'promotional', credits: amount(wanted.credits), validThrough, reason: 'test' }));
      break;
    }
    case 'debit': {
      const occurredAt = wanted.back === 0 ? null : account.now - wanted.back;
      account.send(account.use(wanted.feature, wanted.usage, { mode: wanted.record ? 'record' : 'authorize', occurredAt }));
      break;
    }
    case 'reverse': {
      const debits = account.entries.filter(({ type }) => type === 'debit' || type === 'capture');
      const debit = debits[wanted.nth % Math.max(debits.length, 1)];
      if (debit !== undefined) account.send(account.reversal(debit.seq, wanted.share));
      break;
    }
    case 'wait':
      account.now += wanted.ms;
      break;
    case 'order':
    case 'pay':
    case 'bounce':
    case 'withhold':
    case 'write-off':
    case 'void':
      playPaying(account, wanted);
      break;
    default:
      playCorrection(account, wanted);
  }
}

export function played(steps: readonly Step[]): DomainAccount {
  const account = open();
  for (const wanted of steps) play(account, wanted);
  return account;
}

const ENDS: ReadonlySet<string> = new Set(['settlement', 'waiver']);

/** As the ledger keeps it: what the entry left unfunded, brought up to date by each entry that takes from it. */
function unfundedRow(account: DomainAccount, entry: Entry): UnfundedRow | null {
  const recorded = unfundedUsageOf(entry);
  if (recorded === null) return null;
  const answers = account.booked.filter(({ entry: other }) => other.cites === entry.seq && (other.type === 'reversal' || ENDS.has(other.type)));
  const last = answers.findLast(({ effects }) => effects.unfunded !== undefined)?.effects.unfunded ?? recorded;
  return {
    feature: recorded.feature,
    accountingDate: entry.accountingDate,
    credits: recorded.credits,
    share: recorded.share,
    openCredits: openCredits(last),
    openShare: last.openShare,
    state: last.state,
    endedBy: last.endedBy,
    endings: answers.map(({ entry: { seq, type, detail } }) => ({
      seq,
      type,
      reversedShare: type === 'reversal' ? (JSON.parse(detail) as { reversedShare: string }).reversedShare : null,
    })),
  };
}

function recordsOf(account: DomainAccount): EntryRecord[] {
  return account.booked.map(({ entry, effects, events }) => {
    const row = { accountId: account.accountId, seq: entry.seq, breakKind: effects.break?.kind ?? null };
    const payment: PaymentRow | null = effects.payment === undefined ? null : { ...effects.payment, ...row };
    const paymentReversal = effects.paymentReversal === undefined ? null : { ...effects.paymentReversal.reversal, ...row };
    const refundedReturn = effects.break?.kind === 'return-to-refunded-lot' ? effects.break.credits : null;
    let cited: CitedEntry | null = null;
    if (entry.type === 'reversal' || entry.type === 'settlement' || entry.type === 'waiver') {
      const debit = account.entries.find(({ seq }) => seq === entry.cites);
      const before = account.entries.filter((other) => other.type === 'reversal' && other.cites === entry.cites && other.seq < entry.seq).at(-1);
      const reversedBefore = before === undefined ? null : (JSON.parse(before.detail) as { reversedShare: string }).reversedShare;
      const endedBefore = account.entries.find((other) => ENDS.has(other.type) && other.cites === entry.cites && other.seq < entry.seq) ?? null;
      cited = debit === undefined ? null : { entry: debit, reversedBefore, endedBefore };
    }
    return { entry, metadata: null, payment, paymentReversal, cited, unfunded: unfundedRow(account, entry), transfer: null, refundedReturn, events: events.map((event) => ({ ...event, body: event })) };
  });
}

function projectionOf({ state, booked }: DomainAccount): AccountProjection {
  return {
    state: { ...state, alertsFrom: 0 },
    lastEntry: state.seq,
    lots: knownLots(state).map((lot) => ({ ...lot, open: isOpen(lot) })),
    purchases: [...state.purchases.values()],
    holds: [...state.holds.values()],
    notices: [],
    orderForms: booked.flatMap(({ entry, effects: { orderForm } }) =>
      orderForm === undefined ? [] : [{ ...orderForm.form, seq: entry.seq, documentHash: sha256(orderForm.document) }],
    ),
    disputes: [...state.corrections.disputes.values()],
    closedPeriods: state.contract.closedPeriods,
    alerts: { rules: null, fired: state.alerts.fired, lastPurchase: state.alerts.lastPurchase },
    orphans: [],
  };
}

/** What the verifier, which knows only the entries, objects to in an account. */
export function differencesOf(account: DomainAccount): Difference[] {
  const differences: Difference[] = [];
  const findings = new Findings(account.accountId, (difference) => differences.push(difference));
  const replay = newReplay(account.accountId, account.rates, account.prices);
  for (const record of recordsOf(account)) applyEntry(replay, record, findings);
  finishReplay(replay, account.state.seq, findings);
  compareProjections(replay, projectionOf(account), findings);
  return differences;
}
