import type { ReactNode } from 'react';
import { Link } from 'wouter';
import type { components } from '../../../generated/api';
import type { Overview } from '../../api/types';
import type { Language } from '../../i18n/locale';
import type { Tone } from '../../ui/basics';

const SOON_DAYS = 30;
const SHORT_DAYS = 14;

type Notice = components['schemas']['Notice'];
type Proposal = components['schemas']['PurchaseProposals']['items'][number];
type Contact = components['schemas']['Contact'];

/** Something that an admin should know before anything else. */
export interface Concern {
  readonly key: string;
  readonly tone: Tone;
  readonly title: string;
  readonly what: ReactNode;
}

export interface Concerning {
  readonly overview: Overview;
  readonly notices: readonly Notice[];
  readonly proposals: readonly Proposal[];
  readonly contacts: readonly Contact[];
  readonly base: string;
}

/** Most serious first. Where nothing is wrong, nothing is said. */
export function concernsOf(known: Concerning, language: Language): Concern[] {
  return [...ofStanding(known, language), ...ofRunway(known, language), ...ofTerm(known, language), ...ofContacts(known, language), ...ofRates(known, language), ...ofProposals(known, language)];
}

function buyLink(base: string, { t }: Language): ReactNode {
  return <Link href={`${base}/purchases`}>{t('banner.buyCredits')}</Link>;
}

function ofStanding({ overview, base }: Concerning, language: Language): Concern[] {
  const { t, credits } = language;
  const { reasons, suspension, suspendAtBalance } = overview;
  if (reasons.includes('closed')) return [{ key: 'closed', tone: 'bad', title: t('banner.closed'), what: t('banner.closedWhat') }];
  const found: Concern[] = [];
  if (suspension !== null) {
    const what = (
      <>
        <p>
          {t('banner.why')} <bdi>{suspension.reason}</bdi> (<bdi>{suspension.reference}</bdi>)
        </p>
        <p>{t('banner.operatorResumes')}</p>
      </>
    );
    found.push({ key: 'operator', tone: 'bad', title: t('banner.operator'), what });
  }
  if (reasons.includes('credits-suspended')) {
    const what = (
      <>
        <p>{t('banner.suspendedWhy', { limit: credits(suspendAtBalance ?? '0') })}</p>
        <p>
          {t('banner.suspendedResumes')} {buyLink(base, language)}
        </p>
      </>
    );
    found.push({ key: 'suspended', tone: 'bad', title: t('banner.suspended'), what });
  }
  if (reasons.includes('credits-limited')) {
    const what = (
      <p>
        {t('banner.limitedWhy')} {buyLink(base, language)}
      </p>
    );
    found.push({ key: 'limited', tone: 'warn', title: t('banner.limited'), what });
  }
  return found;
}

function ofRunway({ overview, base }: Concerning, language: Language): Concern[] {
  const { t, days } = language;
  const { runway, status, term } = overview;
  if (status !== 'active' || runway === null || runway.leastDays > SHORT_DAYS) return [];
  if (term !== null && runway.leastDays >= term.daysLeft) return [];
  const what = (
    <>
      {t('banner.shortWhat', { days: days(runway.leastDays) })} {buyLink(base, language)}
    </>
  );
  return [{ key: 'short', tone: 'warn', title: t('banner.short'), what }];
}

function ofTerm({ overview: { term, timeZone } }: Concerning, { t, date, days, instant }: Language): Concern[] {
  if (term === null) return [{ key: 'no-term', tone: 'accent', title: t('banner.noTerm'), what: t('banner.noTermWhat') }];
  const lapse = instant(term.lapsesAt, timeZone);
  if (term.state === 'lapsed') return [{ key: 'lapsed', tone: 'bad', title: t('banner.lapsed'), what: t('banner.lapsedWhat') }];
  if (term.state === 'grace') return [{ key: 'grace', tone: 'bad', title: t('banner.grace', { end: date(term.through) }), what: t('banner.graceWhat', { lapse }) }];
  if (term.state === 'running' && term.daysLeft <= SOON_DAYS) {
    return [{ key: 'term', tone: 'warn', title: t('banner.termEnds', { days: days(term.daysLeft) }), what: t('banner.termEndsWhat', { end: date(term.through), lapse }) }];
  }
  return [];
}

function ofContacts({ contacts, base }: Concerning, { t }: Language): Concern[] {
  const bounced = contacts.filter(({ bouncedAt }) => bouncedAt !== null);
  if (bounced.length === 0) return [];
  const what = (
    <>
      <bdi>{bounced.map(({ address }) => address).join(', ')}</bdi>. {t('contacts.bouncedWhat')} <Link href={`${base}/alerts`}>{t('banner.seeContacts')}</Link>
    </>
  );
  return [{ key: 'bounced', tone: 'warn', title: t('event.contact.bounced'), what }];
}

function ofRates({ overview, notices, base }: Concerning, { t, date }: Language): Concern[] {
  return notices
    .filter(({ withdrawn, reachesPurchasesFrom }) => !withdrawn && (reachesPurchasesFrom === null || reachesPurchasesFrom > overview.today))
    .map(({ noticeId, deliveredOn, reachesPurchasesFrom, effectiveDate }) => ({
      key: `rates-${noticeId}`,
      tone: 'accent',
      title: t('banner.rates', { date: date(effectiveDate) }),
      what: (
        <>
          {deliveredOn === null || reachesPurchasesFrom === null ? t('banner.ratesNotBegun') : t('banner.ratesBegun', { from: date(reachesPurchasesFrom), delivered: date(deliveredOn) })}{' '}
          <Link href={`${base}/notices`}>{t('banner.readNotice')}</Link>
        </>
      ),
    }));
}

function ofProposals({ proposals, base }: Concerning, { t }: Language): Concern[] {
  if (!proposals.some(({ state }) => state === 'draft')) return [];
  const what = (
    <>
      {t('banner.proposalWhat')} <Link href={`${base}/purchases`}>{t('banner.seeProposal')}</Link>
    </>
  );
  return [{ key: 'proposal', tone: 'accent', title: t('banner.proposal'), what }];
}
