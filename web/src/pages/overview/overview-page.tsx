import { useQuery } from '@tanstack/react-query';
import type { Overview } from '../../api/types';
import { noticesQuery, overviewQuery, proposalsQuery } from '../../api/queries';
import { contactsQuery } from '../../api/telling-queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Badge, Card, Credits, Page, Skeleton } from '../../ui/basics';
import { LinkButton } from '../../ui/controls';
import { Loaded } from '../../ui/loaded';
import { Banners } from './banners';
import { BurnCard } from './burn-card';
import { BuysCard } from './buys-card';
import { RunwayCard } from './runway-card';
import { STATUS_TONES } from './status';

export function OverviewPage({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const may = useMay();
  const overview = useQuery(overviewQuery(accountId));
  // Asked for together with the figures and shown with them, so that no banner pushes them down a moment later.
  const notices = useQuery(noticesQuery(accountId));
  const proposals = useQuery(proposalsQuery(accountId));
  const contacts = useQuery({ ...contactsQuery(accountId), enabled: may.buy || may.operate });
  const waiting = notices.isLoading || proposals.isLoading || contacts.isLoading;
  const base = `/a/${encodeURIComponent(accountId)}`;
  return (
    <Page
      title={t('overview.title')}
      lead={overview.data === undefined ? undefined : <Licensee overview={overview.data} />}
      actions={may.buy ? <LinkButton href={`${base}/purchases`} look="primary">{t('overview.buy')}</LinkButton> : undefined}
    >
      {waiting && overview.isSuccess ? <Skeleton lines={8} /> : null}
      <Loaded query={overview} lines={8}>
        {(data) =>
          waiting ? null : (
            <>
              <Banners
                key={accountId}
                known={{ overview: data, base, notices: notices.data?.items ?? [], proposals: proposals.data?.items ?? [], contacts: contacts.data?.items ?? [] }}
              />
              <div className="grid">
                <Balance overview={data} />
                <RunwayCard overview={data} />
              </div>
              <BurnCard accountId={accountId} />
              <BuysCard overview={data} base={base} />
            </>
          )
        }
      </Loaded>
    </Page>
  );
}

function Licensee({ overview }: { readonly overview: Overview }) {
  const { t, instant } = useLanguage();
  return (
    <>
      <bdi>{overview.licensee.legalName}</bdi> <Badge tone={STATUS_TONES[overview.status]}>{t(`status.${overview.status}`)}</Badge>
      {/* The line is there before there is a change to tell of. */}
      <span className="small since">{overview.since === null ? null : t('overview.since', { since: instant(overview.since, overview.timeZone) })}</span>
    </>
  );
}

function Balance({ overview }: { readonly overview: Overview }) {
  const { t, date } = useLanguage();
  const { balance, term } = overview;
  return (
    <Card title={t('overview.balance')}>
      <div>
        <p className="big">
          <Credits amount={balance.available} /> <small>{t('overview.available')}</small>
        </p>
      </div>
      <dl className="facts">
        <div>
          <dt>{t('overview.held')}</dt>
          <dd>
            <Credits amount={balance.held} />
          </dd>
        </div>
        {term === null ? null : (
          <div>
            <dt>{t('overview.consumed', { from: date(term.from) })}</dt>
            <dd>
              <Credits amount={term.consumed} />
            </dd>
          </div>
        )}
      </dl>
    </Card>
  );
}
