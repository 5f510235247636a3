import { describe, expect, it } from '@jest/globals';
import type { NoticeEvidence } from '../../src/domain/command.js';
import { reachesPurchasesFrom, type AnnouncedVersion } from '../../src/domain/contract.js';
import { DomainAccount, rateBook, rateVersion } from '../support/domain-account.js';

const RATES = rateBook(rateVersion(1, { captions: { minutes: '3' } }), rateVersion(2, { captions: { minutes: '4' } }, '2026-08-01'));
const WEBHOOK = 'https://example.com/notices';

function announced(form: Parameters<DomainAccount['sign']>[0] = {}): DomainAccount {
  const account = new DomainAccount(RATES);
  account.now = Date.parse('2026-06-01T12:00:00Z');
  account.sign({ termStart: '2026-01-01', ...form });
  account.book(account.command('announce-rates', { noticeId: 'n', cardId: 'standard', version: 2, effectiveDate: '2026-08-01', text: 'New.' }));
  return account;
}

function deliver(account: DomainAccount, at: string, evidence: NoticeEvidence): void {
  account.now = Date.parse(at);
  account.book(account.command('deliver-notice', { noticeId: 'n', evidence }));
}

function bounce(account: DomainAccount, at: string, contactId: string): string | null {
  account.now = Date.parse(at);
  return account.refused(account.command('bounce-notice', { noticeId: 'n', contactId }));
}

const noticeOf = (account: DomainAccount): AnnouncedVersion => account.state.contract.announced[0] as AnnouncedVersion;
const mail = (contactId: string): NoticeEvidence => ({ means: 'mail', contactId, messageId: `m-${contactId}` });

describe('a notice of rates', () => {
  it('is delivered by the first of its deliveries, and no later one moves that day', () => {
    const account = announced();
    deliver(account, '2026-06-03T00:00:00Z', mail('anna'));
    deliver(account, '2026-06-05T00:00:00Z', mail('bert'));
    deliver(account, '2026-06-06T00:00:00Z', { means: 'acknowledged' });
    expect(noticeOf(account)).toMatchObject({ deliveredOn: '2026-06-03' });
    expect(noticeOf(account).deliveries.map(({ means, on, contactId }) => [means, on, contactId])).toEqual([
      ['mail', '2026-06-03', 'anna'],
      ['mail', '2026-06-05', 'bert'],
      ['acknowledged', '2026-06-06', null],
    ]);
  });

  it('counts the same means to the same contact once', () => {
    const account = announced();
    deliver(account, '2026-06-03T00:00:00Z', mail('anna'));
    deliver(account, '2026-06-04T00:00:00Z', mail('anna'));
    expect(noticeOf(account).deliveries).toHaveLength(1);
  });

  it('falls back to the next delivery that counts when a contact bounces, and to none after the last', () => {
    const account = announced();
    deliver(account, '2026-06-03T00:00:00Z', mail('anna'));
    deliver(account, '2026-06-20T00:00:00Z', mail('bert'));
    expect(bounce(account, '2026-06-21T00:00:00Z', 'anna')).toBeNull();
    expect(noticeOf(account).deliveredOn).toBe('2026-06-20');
    expect(bounce(account, '2026-06-22T00:00:00Z', 'bert')).toBeNull();
    expect(noticeOf(account).deliveredOn).toBeNull();
    expect(reachesPurchasesFrom(noticeOf(account))).toBeNull();
    // Mailed again after the address was mended: the thirty days begin anew.
    deliver(account, '2026-07-20T00:00:00Z', mail('anna'));
    expect(reachesPurchasesFrom(noticeOf(account))).toBe('2026-08-20');
  });

  it('stands once the version has reached the account: not on the last day before, but from that day on', () => {
    const account = announced();
    deliver(account, '2026-06-03T00:00:00Z', mail('anna'));
    expect(reachesPurchasesFrom(noticeOf(account))).toBe('2026-08-02');
    expect(bounce(account, '2026-08-02T00:00:00Z', 'anna')).toBe('notice-not-found');
    const other = announced();
    deliver(other, '2026-06-03T00:00:00Z', mail('anna'));
    expect(bounce(other, '2026-08-01T23:59:59.999Z', 'anna')).toBeNull();
    expect(noticeOf(other).deliveredOn).toBeNull();
  });

  it('knows no bounce of a contact that it was not mailed to, nor a second one', () => {
    const account = announced();
    deliver(account, '2026-06-03T00:00:00Z', mail('anna'));
    expect(bounce(account, '2026-06-04T00:00:00Z', 'bert')).toBe('notice-not-found');
    expect(bounce(account, '2026-06-04T00:00:00Z', 'anna')).toBeNull();
    expect(bounce(account, '2026-06-05T00:00:00Z', 'anna')).toBe('notice-not-found');
  });

  it('is delivered by the webhook that the order form names, and by no other', () => {
    const named = announced({ noticeWebhook: WEBHOOK });
    deliver(named, '2026-06-03T00:00:00Z', { means: 'webhook', url: WEBHOOK, messageId: 'm' });
    expect(noticeOf(named).deliveredOn).toBe('2026-06-03');
    for (const account of [announced(), announced({ noticeWebhook: 'https://example.com/other' })]) {
      const command = account.command('deliver-notice', { noticeId: 'n', evidence: { means: 'webhook', url: WEBHOOK, messageId: 'm' } });
      expect(account.refused(command)).toBe('notice-not-found');
    }
  });

  it('is attested by two operators, for a day between the announcement and today', () => {
    const attest = (deliveredOn: string, requestedBy: string | null): string | null => {
      const account = announced();
      account.now = Date.parse('2026-06-10T00:00:00Z');
      const document = { reference: 'RR 1', sha256: 'a'.repeat(64) };
      return account.refused(account.command('deliver-notice', { noticeId: 'n', evidence: { means: 'attested', deliveredOn, document, requestedBy } }));
    };
    expect(attest('2026-06-05', null)).toBe('second-operator-required');
    expect(attest('2026-05-31', 'key:other')).toBe('invalid-request');
    expect(attest('2026-06-11', 'key:other')).toBe('invalid-request');
    expect(attest('2026-06-01', 'key:other')).toBeNull();
    expect(attest('2026-06-10', 'key:other')).toBeNull();
  });
});
