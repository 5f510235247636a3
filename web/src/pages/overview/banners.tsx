import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { noticesQuery, proposalsQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { Banner } from '../../ui/basics';
import type { Overview } from '../../api/types';

const SOON_DAYS = 30;
const SHORT_DAYS = 14;

interface Props {
  readonly overview: Overview;
  readonly base: string;
}

/** What an admin should know before anything else, most serious first. Where nothing is wrong, nothing is said. */
export function Banners({ overview, base }: Props) {
  return (
    <>
      <StandingBanner overview={overview} base={base} />
      <ShortBanner overview={overview} base={base} />
      <TermBanner overview={overview} base={base} />
      <RatesBanners overview={overview} base={base} />
      <ProposalBanner overview={overview} base={base} />
    </>
  );
}

function StandingBanner({ overview, base }: Props) {
  const { t, credits } = useLanguage();
  const { reasons, suspension, suspendAtBalance } = overview;
  const buy = <Link href={`${base}/purchases`}>{t('banner.buyCredits')}</Link>;
  if (reasons.includes('closed')) {
    return <Banner tone="bad" title={t('banner.closed')}>{t('banner.closedWhat')}</Banner>;
  }
  return (
    <>
      {suspension === null ? null : (
        <Banner tone="bad" title={t('banner.operator')}>
          <p>
            {t('banner.why')} <bdi>{suspension.reason}</bdi> (<bdi>{suspension.reference}</bdi>)
          </p>
          <p>{t('banner.operatorResumes')}</p>
        </Banner>
      )}
      {reasons.includes('credits-suspended') ? (
        <Banner tone="bad" title={t('banner.suspended')}>
          <p>{t('banner.suspendedWhy', { limit: credits(suspendAtBalance ?? '0') })}</p>
          <p>
            {t('banner.suspendedResumes')} {buy}
          </p>
        </Banner>
      ) : null}
      {reasons.includes('credits-limited') ? (
        <Banner tone="warn" title={t('banner.limited')}>
          <p>
            {t('banner.limitedWhy')} {buy}
          </p>
        </Banner>
      ) : null}
    </>
  );
}

function ShortBanner({ overview, base }: Props) {
  const { t, days } = useLanguage();
  const { runway, status, term } = overview;
  if (status !== 'active' || runway === null || runway.leastDays > SHORT_DAYS) return null;
  if (term !== null && runway.leastDays >= term.daysLeft) return null;
  return (
    <Banner tone="warn" title={t('banner.short')}>
      {t('banner.shortWhat', { days: days(runway.leastDays) })} <Link href={`${base}/purchases`}>{t('banner.buyCredits')}</Link>
    </Banner>
  );
}

function TermBanner({ overview }: Props) {
  const { t, date, days, instant } = useLanguage();
  const { term, timeZone } = overview;
  if (term === null) return <Banner tone="accent" title={t('banner.noTerm')}>{t('banner.noTermWhat')}</Banner>;
  if (term.state === 'lapsed') return <Banner tone="bad" title={t('banner.lapsed')}>{t('banner.lapsedWhat')}</Banner>;
  if (term.state === 'grace') {
    return <Banner tone="bad" title={t('banner.grace', { end: date(term.through) })}>{t('banner.graceWhat', { lapse: instant(term.lapsesAt, timeZone) })}</Banner>;
  }
  if (term.state === 'running' && term.daysLeft <= SOON_DAYS) {
    return <Banner tone="warn" title={t('banner.termEnds', { days: days(term.daysLeft) })}>{t('banner.termEndsWhat', { end: date(term.through), lapse: instant(term.lapsesAt, timeZone) })}</Banner>;
  }
  return null;
}

function RatesBanners({ overview, base }: Props) {
  const { t, date } = useLanguage();
  const notices = useQuery(noticesQuery(overview.accountId));
  const coming = (notices.data?.items ?? []).filter(
    ({ withdrawn, reachesPurchasesFrom }) => !withdrawn && (reachesPurchasesFrom === null || reachesPurchasesFrom > overview.today),
  );
  return coming.map(({ noticeId, deliveredOn, reachesPurchasesFrom, effectiveDate }) => (
    <Banner key={noticeId} tone="accent" title={t('banner.rates', { date: date(effectiveDate) })}>
      {deliveredOn === null || reachesPurchasesFrom === null ? t('banner.ratesNotBegun') : t('banner.ratesBegun', { from: date(reachesPurchasesFrom), delivered: date(deliveredOn) })}{' '}
      <Link href={`${base}/notices`}>{t('banner.readNotice')}</Link>
    </Banner>
  ));
}

function ProposalBanner({ overview, base }: Props) {
  const { t } = useLanguage();
  const proposals = useQuery(proposalsQuery(overview.accountId));
  if (proposals.data?.items.some(({ state }) => state === 'draft') !== true) return null;
  return (
    <Banner tone="accent" title={t('banner.proposal')}>
      {t('banner.proposalWhat')} <Link href={`${base}/purchases`}>{t('banner.seeProposal')}</Link>
    </Banner>
  );
}
