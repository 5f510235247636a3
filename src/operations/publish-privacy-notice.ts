import type { DataSource } from 'typeorm';
import { addDays, localDate } from '../domain/calendar.js';
import { refuse } from '../domain/errors.js';
import { sha256 } from '../domain/hash-chain.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { insertPrivacyNotice, nextPrivacyVersion, type PrivacyChange, type PrivacyNotice } from '../postgres/catalogue/privacy-notices.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { operatorRequest, type Requester } from './keyed-request.js';

/** Days between the announcement and the first day of a change. What law requires at once, at once. */
const DAYS_AHEAD: Readonly<Record<PrivacyChange, number>> = { first: 0, substantial: 30, minor: 7, 'required-by-law': 0 };

export interface NewPrivacyNotice {
  readonly text: string;
  readonly change: Exclude<PrivacyChange, 'first'>;
  readonly effectiveOn: string;
}

/** A version of the deployment's privacy notice. Publishing it is its announcement: from then on everybody can read it. */
export class PublishPrivacyNotice {
  constructor(private readonly database: DataSource) {}

  run(notice: NewPrivacyNotice, requester: Requester): Promise<Answered<PrivacyNotice>> {
    return answeredOnce(this.database, operatorRequest(requester, 'publish-privacy-notice', { ...notice }), async (manager) => {
      const version = await nextPrivacyVersion(manager);
      const { now } = await readBusinessTime(manager);
      const announcedOn = localDate(now, 'UTC');
      const change: PrivacyChange = version === 1 ? 'first' : notice.change;
      const earliest = addDays(announcedOn, DAYS_AHEAD[change]);
      if (notice.effectiveOn < earliest) {
        refuse('privacy-notice-too-soon', `A ${change} change of the privacy notice is announced ${DAYS_AHEAD[change]} days ahead.`, {
          pointer: '/effectiveOn',
          data: { earliest },
        });
      }
      const published = { version, text: notice.text, textHash: sha256(notice.text), change, announcedOn, effectiveOn: notice.effectiveOn };
      await insertPrivacyNotice(manager, published, requester.actor);
      return published;
    });
  }
}
