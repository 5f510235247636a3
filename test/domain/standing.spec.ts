import { afterEach, describe, expect, it } from '@jest/globals';
import { amount } from '../../src/domain/credits.js';
import { HOUR_MS } from '../../src/domain/hold.js';
import { differencesOf } from '../support/account-history.js';
import { DomainAccount, rateBook, rateVersion } from '../support/domain-account.js';

const RATES = rateBook(rateVersion(1, { captions: { minutes: '1' }, search: { queries: '0' } }));
const FEATURES = [
  { feature: 'captions', mode: 'credits' as const },
  { feature: 'search', mode: 'credits' as const },
  { feature: 'avatar', mode: 'subscription' as const },
];

const accounts: DomainAccount[] = [];
// Whatever a test did to its accounts, the verifier has to agree with it.
afterEach(() => {
  for (const account of accounts.splice(0)) expect(differencesOf(account)).toEqual([]);
});

function bought(credits: string, form: Parameters<DomainAccount['sign']>[0] = {}): DomainAccount {
  const account = new DomainAccount(RATES).sign({ features: FEATURES, ...form });
  accounts.push(account);
  account.buy(credits);
  return account;
}

const minutes = (account: DomainAccount, used: string) => account.use('captions', { minutes: used });
const suspend = (account: DomainAccount, cutsOffRunningWork: boolean) =>
  account.command('suspend', { reason: 'court order', reference: 'case-7', cutsOffRunningWork });

describe('limited (P5, SPEC 10)', () => {
  it('is not what a refusal makes that only running work causes', () => {
    const account = bought('10');
    account.book(account.hold('work', '8'));
    expect(account.send(minutes(account, '3'))).toMatchObject({ refusal: { code: 'insufficient-credits' }, booked: [] });
    expect(account.state.status).toBe('active');
    // More than all that is there, held or not.
    expect(account.refused(minutes(account, '11'))).toBe('insufficient-credits');
    expect(account.state.status).toBe('limited');
  });

  it('comes from a hold that is refused as well, and lets pass what the balance covers', () => {
    const account = bought('10');
    expect(account.refused(account.hold('work', { minutes: '11' }))).toBe('insufficient-credits');
    expect(account.state.status).toBe('limited');
    expect(account.refused(account.hold('work', { minutes: '4' }))).toBeNull();
    expect(account.send(account.hold('more', '100')).booked).toEqual([]);
  });

  it('suspends where the order form asks for it, until the balance is raised', () => {
    const account = bought('10', { suspendOnRefusal: true });
    expect(account.refused(minutes(account, '11'))).toBe('insufficient-credits');
    expect(account.state.status).toBe('suspended');
    expect(account.refused(minutes(account, '1'))).toBe('account-suspended');
    account.grant('1');
    expect(account.refused(minutes(account, '1'))).toBeNull();
  });
});

describe('suspended (P5, SPEC 10)', () => {
  it('looks at the balance, held credits included: a hold does not suspend, its capture does', () => {
    const account = bought('10');
    account.book(account.hold('work', '10'));
    expect(account.state.status).toBe('active');
    const capture = account.book(account.capture('work', { minutes: '10' }));
    expect(account.state.status).toBe('suspended');
    expect(account.entries.at(-1)).toMatchObject({ type: 'status', cites: capture.seq });
  });

  it('admits what costs nothing and what is billed otherwise, and records what was done', () => {
    const account = bought('10');
    account.book(minutes(account, '10'));
    expect(account.refused(minutes(account, '1'))).toBe('account-suspended');
    expect(account.refused(account.hold('work', '1'))).toBe('account-suspended');
    expect(account.refused(account.hold('work', { minutes: '1' }))).toBe('account-suspended');
    expect(account.refused(account.use('search', { queries: '9' }))).toBeNull();
    expect(account.refused(account.use('avatar', { minutes: '9' }))).toBeNull();
    expect(account.refused(account.hold('free', { queries: '1' }, { feature: 'search', estimate: { usage: [{ meter: 'queries', quantity: amount('1') }] } }))).toBeNull();
    expect(account.book(account.use('captions', { minutes: '2' }, { mode: 'record' })).unfunded?.toFixed()).toBe('2');
  });

  it('does not cut off running work, which draws on what is there', () => {
    const account = bought('10', { suspendAtBalance: '4' });
    account.book(account.hold('work', '2'));
    account.book(minutes(account, '6'));
    expect(account.state.status).toBe('suspended');
    expect(account.book(account.capture('work', { minutes: '4' }))).toMatchObject({ unfunded: null });
  });
});

describe('an operator’s suspension', () => {
  it('refuses all new use, ends only by an operator, and leaves the credit standing as it is', () => {
    const account = bought('10');
    account.book(suspend(account, false));
    for (const use of [minutes(account, '1'), account.use('search', { queries: '1' }), account.hold('work', '1')]) {
      expect(account.send(use).refusal).toMatchObject({ code: 'account-suspended', data: { reference: 'case-7' } });
    }
    account.buy('100');
    expect(account.state.status).toBe('suspended');
    account.book(account.command('resume', { reason: 'lifted' }));
    expect(account.state.status).toBe('active');
    expect(account.refused(account.command('resume', { reason: 'again' }))).toBe('not-suspended');
  });

  it('records what was done already', () => {
    const account = bought('10');
    account.book(suspend(account, true));
    expect(account.book(account.use('captions', { minutes: '2' }, { mode: 'record' })).credits.toFixed()).toBe('2');
  });

  it.each([
    [false, null],
    [true, 'account-suspended'],
  ])('cuts off running work: %s', (cutsOff, refused) => {
    const account = bought('10');
    account.book(account.hold('work', '5'));
    account.book(suspend(account, cutsOff));
    expect(account.refused(account.capture('work', { minutes: '2' }))).toBe(refused);
    if (!cutsOff) return;
    account.now += HOUR_MS;
    account.runDue();
    expect(account.state.available.toFixed()).toBe('10');
    expect(account.refused(account.capture('work', { minutes: '2' }))).toBe('account-suspended');
    account.book(account.command('resume', { reason: 'lifted' }));
    expect(account.book(account.capture('work', { minutes: '2' })).credits.toFixed()).toBe('2');
  });

  it('may be repeated with another reference', () => {
    const account = bought('10');
    account.book(suspend(account, false));
    account.book(suspend(account, true));
    account.book(suspend(account, true));
    expect(account.state.standing.operator).toEqual({ reason: 'court order', reference: 'case-7', cutsOffRunningWork: true });
  });
});

describe('a closed account', () => {
  it('refuses everything, and what runs out on it runs out all the same', () => {
    const account = bought('10', { termEnd: '2026-06-30' });
    account.book(account.hold('work', '5'));
    account.book(account.command('close', { reason: 'merged' }));
    const commands = [
      minutes(account, '1'),
      account.use('captions', { minutes: '1' }, { mode: 'record' }),
      account.capture('work', { minutes: '1' }),
      account.command('release-hold', { holdId: 'work' }),
      account.command('grant', { kind: 'trial', credits: amount('1'), validThrough: null, reason: 'test' }),
      account.command('resume', { reason: 'again' }),
    ];
    for (const command of commands) expect(account.send(command)).toMatchObject({ refusal: { code: 'account-closed' }, booked: [] });
    account.now += HOUR_MS;
    expect(account.runDue().map(({ entry }) => entry.type)).toEqual(['hold-expired']);
    account.now = Date.parse('2026-08-01T00:00:00Z');
    expect(account.runDue().map(({ entry }) => entry.type)).toEqual(['status', 'lapse', 'status']);
    expect(account.state).toMatchObject({ status: 'closed', standing: { term: 'lapsed', closed: true } });
  });
});
