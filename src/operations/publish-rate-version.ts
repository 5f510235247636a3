import type { DataSource, EntityManager } from 'typeorm';
import { localDate } from '../domain/calendar.js';
import { leavesNoticePeriod } from '../domain/contract.js';
import { RefusedError, refuse } from '../domain/errors.js';
import type { Ledger } from '../ledger/ledger.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { publishRateVersion } from '../postgres/catalogue/rate-versions.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { readAccountsToTell } from '../postgres/reads/concerned-accounts.js';
import { readRateVersion, type StoredRateVersion } from '../postgres/reads/rate-cards.js';
import { announceRates } from './announce-rates.js';
import { operatorRequest, type Requester } from './keyed-request.js';

/** As many accounts as are told at the same time; their lanes take them together. */
const TOLD_AT_ONCE = 64;

/**
 * P2: publishes a version and tells each account with an older one of the card. First the version is published, then the
 * accounts are told, each in its own ledger; if that breaks off, publishing again tells the rest.
 */
export class PublishRateVersion {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
  ) {}

  async run(cardId: string, version: number, text: string, requester: Requester): Promise<Answered<StoredRateVersion>> {
    const request = operatorRequest(requester, 'publish-rate-version', { cardId, version: String(version), text });
    const answered = await answeredOnce(this.database, request, (manager) => publish(manager, cardId, version, text));
    await this.tell(cardId, version, answered.answer.document.effectiveDate, text);
    return answered;
  }

  private async tell(cardId: string, version: number, effectiveDate: string, text: string): Promise<void> {
    const accounts = await readAccountsToTell(this.database, cardId, version);
    for (let first = 0; first < accounts.length; first += TOLD_AT_ONCE) {
      const verdicts = await Promise.all(
        accounts.slice(first, first + TOLD_AT_ONCE).map(({ accountId }) => announceRates(this.ledger, accountId, { cardId, version, effectiveDate, text })),
      );
      for (const verdict of verdicts) if (!verdict.ok) throw new RefusedError(verdict.refusal);
    }
  }
}

async function publish(manager: EntityManager, cardId: string, version: number, text: string): Promise<StoredRateVersion> {
  const stored = await readRateVersion(manager, cardId, version);
  if (stored === null) return refuse('rate-version-not-found', `There is no version ${version} of rate card ${cardId}.`);
  if (stored.state !== 'draft') return publishedBefore(stored, text);
  const { effectiveDate } = stored.document;
  const { now } = await readBusinessTime(manager);
  for (const { timeZone } of await readAccountsToTell(manager, cardId, version)) {
    const today = localDate(now, timeZone);
    if (leavesNoticePeriod(today, effectiveDate)) continue;
    refuse('notice-period-too-short', 'A change of rates needs 30 days of prior written notice: draft a version with a later effectiveDate.', {
      data: { today, effectiveDate },
    });
  }
  await publishRateVersion(manager, { cardId, version, text, now });
  const published = await readRateVersion(manager, cardId, version);
  return published === null || published.state === 'draft' ? refuse('rate-version-not-found', 'The version was not published.') : published;
}

/** Publishing again goes on with telling, in the same words. */
function publishedBefore(stored: StoredRateVersion, text: string): StoredRateVersion {
  if (stored.state === 'withdrawn') refuse('rate-version-withdrawn', 'The version was withdrawn. Draft a further one.');
  if (stored.noticeText !== text) refuse('invalid-request', 'The version is published already, and its notice has other words.', { pointer: '/text' });
  return stored;
}
