import fc from 'fast-check';
import { knownLots } from '../../src/domain/account-state.js';
import { amount } from '../../src/domain/credits.js';
import type { DomainAccount } from './domain-account.js';

/** Disputes, refunds, adjustments and what else corrects an account, each on the nth lot or entry that there is. */
export type CorrectionStep =
  | { readonly do: 'freeze' | 'let go' | 'withdraw' | 'take'; readonly nth: number; readonly credits: string | null }
  | { readonly do: 'give'; readonly credits: string; readonly second: boolean }
  | { readonly do: 'refund'; readonly nth: number }
  | { readonly do: 'settle' | 'waive'; readonly nth: number; readonly lot: number }
  | { readonly do: 'dispute' | 'judge'; readonly nth: number }
  | { readonly do: 'close books' | 'reopen books'; readonly nth: number };

const some = fc.option(fc.constantFrom('0.000000001', '0.5', '1', '7'));
const nth = fc.nat(20);

export const correctionStep: fc.Arbitrary<CorrectionStep> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('freeze' as const, 'freeze' as const, 'let go' as const, 'withdraw' as const, 'take' as const), nth, credits: some }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant('give' as const), credits: fc.constantFrom('0.000000001', '2', '30'), second: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('refund' as const), nth }) },
  { weight: 4, arbitrary: fc.record({ do: fc.constantFrom('settle' as const, 'settle' as const, 'waive' as const), nth, lot: nth }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('dispute' as const, 'judge' as const), nth }) },
);

/** Accounting periods, which are no correction, but come across every one. */
export const periodStep: fc.Arbitrary<CorrectionStep> = fc.record({ do: fc.constantFrom('close books' as const, 'close books' as const, 'reopen books' as const), nth });

const LIMIT = amount('40');
const DAY_MS = 86_400_000;

function pick<Item>(items: readonly Item[], at: number): Item | undefined {
  return items[at % Math.max(items.length, 1)];
}

export function playCorrection(account: DomainAccount, wanted: CorrectionStep): void {
  const lots = knownLots(account.state).sort((a, b) => a.lotId - b.lotId);
  switch (wanted.do) {
    case 'freeze':
    case 'let go':
    case 'withdraw':
    case 'take': {
      const frozen = wanted.do === 'let go' || wanted.do === 'withdraw' ? lots.filter(({ condition }) => condition === 'frozen') : [];
      const lotId = pick(frozen.length > 0 ? frozen : lots, wanted.nth)?.lotId ?? 1;
      const credits = wanted.credits === null ? null : amount(wanted.credits);
      const why = { reason: 'test', reference: 'case-1' };
      if (wanted.do === 'freeze') account.send(account.command('freeze-lot', { lotId, credits, ...why }));
      else if (wanted.do === 'let go') account.send(account.command('release-frozen', { lotId, credits, ...why }));
      else if (wanted.do === 'withdraw') account.send(account.command('withdraw-frozen', { lotId, credits, ...why }));
      else account.send(account.command('adjust', { lotId, credits: credits ?? amount('3'), reason: 'test', limit: LIMIT, requestedBy: null }));
      break;
    }
    case 'give':
      account.send(
        account.command('adjust', { lotId: null, credits: amount(wanted.credits), reason: 'test', limit: LIMIT, requestedBy: wanted.second ? 'key:other' : null }),
      );
      break;
    case 'refund': {
      const lotId = pick(lots, wanted.nth)?.lotId ?? 1;
      const ground = { kind: 'agreement' as const, clause: '9.2' };
      const outgoingPayment = { reference: 'out-1', amount: '1.00', currency: 'EUR' };
      account.send(account.command('refund-lot', { lotId, ground, outgoingPayment, creditNote: 'CN-1', requestedBy: 'key:other' }));
      break;
    }
    case 'settle':
    case 'waive': {
      const seq = pick(account.entries.filter(({ unfunded }) => unfunded !== null), wanted.nth)?.seq;
      if (seq === undefined) break;
      const later = lots.filter((lot) => lot.lotId > seq && lot.kind === 'purchase' && !lot.buckets.available.isZero());
      const lotId = pick(later, wanted.lot)?.lotId ?? 1;
      if (wanted.do === 'waive') account.send(account.command('waive-unfunded', { seq, reason: 'test' }));
      else account.send(account.command('settle-unfunded', { seq, lotId, credits: null }));
      break;
    }
    case 'dispute': {
      const seq = (wanted.nth % account.state.seq) + 1;
      const matter = { disputeId: `d-${account.state.seq}`, seq, claimant: 'licensee' as const, awareOn: '2026-01-01', noticeOn: '2026-01-11', reference: 'letter' };
      account.send(account.command('open-dispute', matter));
      break;
    }
    case 'close books':
      account.send(account.command('close-period', { through: new Date(account.now - (wanted.nth % 4) * DAY_MS).toISOString().slice(0, 10) }));
      break;
    case 'reopen books': {
      const through = pick(account.state.contract.closedPeriods, wanted.nth) ?? '2026-01-01';
      account.send(account.command('reopen-period', { through, reason: 'test', requestedBy: wanted.nth % 5 === 0 ? null : 'key:other' }));
      break;
    }
    case 'judge': {
      const disputeId = pick([...account.state.corrections.disputes.keys()], wanted.nth) ?? 'none';
      account.send(account.command('close-dispute', { disputeId, outcome: 'rejected', reason: 'test' }));
    }
  }
}
