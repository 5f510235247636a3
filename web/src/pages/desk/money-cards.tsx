import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { breaksQuery, unbookedQuery } from '../../api/desk-queries';
import { useLanguage } from '../../i18n/locale';
import { Badge, Card, Empty } from '../../ui/basics';
import { Loaded } from '../../ui/loaded';
import { Table } from '../../ui/table';

/** Money that came in and that no account has booked. */
export function UnbookedCard() {
  const { t, instant, money } = useLanguage();
  const unbooked = useQuery(unbookedQuery);
  return (
    <Card title={t('unbooked.title')}>
      <Loaded query={unbooked} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('unbooked.none')} />
          ) : (
            <Table
              label={t('unbooked.title')}
              columns={[
                { name: t('unbooked.received'), cell: ({ receivedAt }) => <span className="figure">{instant(receivedAt)}</span> },
                { name: t('unbooked.payment'), cell: ({ provider, providerPaymentId }) => <bdi className="mono">{`${provider} ${providerPaymentId}`}</bdi> },
                { name: t('unbooked.amount'), figure: true, cell: ({ amount, currency }) => money(amount, currency) },
              ]}
              rows={items}
              keyOf={({ provider, providerPaymentId }) => `${provider}/${providerPaymentId}`}
            />
          )
        }
      </Loaded>
    </Card>
  );
}

/** Differences that reconciliation found, the oldest first. */
export function BreaksCard() {
  const { t, days, money, exact } = useLanguage();
  const breaks = useQuery(breaksQuery);
  return (
    <Card title={t('breaks.title')}>
      <Loaded query={breaks} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('breaks.none')} />
          ) : (
            <Table
              label={t('breaks.title')}
              columns={[
                { name: t('breaks.kind'), cell: ({ kind, ageDays }) => <Badge tone={ageDays > 7 ? 'bad' : 'warn'}>{kind}</Badge> },
                { name: t('breaks.age'), figure: true, cell: ({ ageDays }) => days(ageDays) },
                {
                  name: t('entry.account'),
                  cell: ({ accountId, seq }) =>
                    accountId === null ? '–' : <Link href={`/a/${encodeURIComponent(accountId)}${seq === null ? '' : `/ledger/${String(seq)}`}`}>{accountId}</Link>,
                },
                {
                  name: t('unbooked.amount'),
                  figure: true,
                  cell: ({ amount, currency, credits }) => (amount !== null && currency !== null ? money(amount, currency) : credits === null ? '–' : exact(credits)),
                },
                { name: t('breaks.owner'), cell: ({ owner }) => <bdi className="mono small">{owner}</bdi> },
              ]}
              rows={[...items].sort((a, b) => b.ageDays - a.ageDays)}
              keyOf={({ breakId }) => breakId}
            />
          )
        }
      </Loaded>
    </Card>
  );
}
