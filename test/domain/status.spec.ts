import { describe, expect, it } from '@jest/globals';
import { DomainAccount, rateBook, rateVersion } from '../support/domain-account.js';

const RATES = rateBook(rateVersion(1, { captions: { minutes: '1' }, search: { queries: '0' } }));
const FEATURES = ['captions', 'search'].map((feature) => ({ feature, mode: 'credits' as const }));

function account(suspendAtBalance = '0'): DomainAccount {
  const opened = new DomainAccount(RATES).sign({ suspendAtBalance, features: FEATURES });
  opened.buy('10');
  return opened;
}

function changes(of: DomainAccount): [unknown, number | null][] {
  return of.entries.filter(({ type }) => type === 'status').map(({ detail, cites }) => [JSON.parse(detail), cites]);
}

describe('limited and suspended (P5, SPEC 10)', () => {
  it('limits at the first refusal for lack of credits, and writes nothing at further ones', () => {
    const limited = account();
    const first = limited.send(limited.use('captions', { minutes: '11' }));
    expect(first.refusal?.code).toBe('insufficient-credits');
    expect(first.booked.map(({ entry }) => entry.type)).toEqual(['status']);
    expect(limited.state.status).toBe('limited');
    expect(limited.send(limited.use('captions', { minutes: '11' })).booked).toEqual([]);
    expect(limited.refused(limited.use('captions', { minutes: '1' }))).toBeNull();
    expect(limited.state.status).toBe('limited');
  });

  it('suspends with the entry that leaves the balance at or below the threshold, in the next one', () => {
    const suspended = account('4');
    suspended.book(suspended.use('captions', { minutes: '5.999999999' }));
    expect(suspended.state.status).toBe('active');
    const debit = suspended.book(suspended.use('captions', { minutes: '0.000000001' }));
    expect(suspended.state.status).toBe('suspended');
    expect(changes(suspended)).toMatchObject([[{ clause: 'P5', from: 'active', to: 'suspended', reasons: ['credits-suspended'] }, debit.seq]]);
  });

  it('admits nothing new while suspended but what costs nothing, and takes what was done already', () => {
    const suspended = account('4');
    suspended.book(suspended.use('captions', { minutes: '6' }));
    expect(suspended.refused(suspended.use('captions', { minutes: '1' }))).toBe('account-suspended');
    expect(suspended.refused(suspended.use('search', { queries: '1' }))).toBeNull();
    expect(suspended.refused(suspended.use('captions', { minutes: '1' }, { mode: 'record' }))).toBeNull();
  });

  it('ends with every entry that raises the balance above the threshold', () => {
    const raise: ((of: DomainAccount, debit: number) => unknown)[] = [(of) => of.buy('5'), (of) => of.grant('5'), (of, debit) => of.book(of.reversal(debit))];
    for (const by of raise) {
      const suspended = account('1');
      const debit = suspended.book(suspended.use('captions', { minutes: '9' }));
      expect(suspended.state.status).toBe('suspended');
      by(suspended, debit.seq);
      expect(suspended.state.status).toBe('active');
      expect(changes(suspended).at(-1)?.[1]).toBe(suspended.state.seq - 1);
    }
  });

  it('stays suspended when the balance rises without passing the threshold', () => {
    const suspended = account('8');
    suspended.book(suspended.use('captions', { minutes: '9' }));
    suspended.grant('2');
    expect(suspended.state.status).toBe('suspended');
  });
});
