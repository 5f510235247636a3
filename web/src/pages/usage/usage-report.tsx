import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { burnQuery, overviewQuery } from '../../api/queries';
import type { Burn } from '../overview/series';
import { useLanguage } from '../../i18n/locale';
import { Card, Credits, Empty } from '../../ui/basics';
import { ActionButton, TextInput } from '../../ui/controls';
import { saveCsv } from '../../ui/csv';
import { Loaded } from '../../ui/loaded';
import { Table } from '../../ui/table';

/** A line for each day and feature, as the service gave the figures. */
function downloadReport(accountId: string, { from, through, days }: Burn): void {
  const rows = days.flatMap(({ day, features }) => features.map(({ feature, actions, credits }) => [day, feature, actions, credits]));
  saveCsv(`${accountId}-usage-${from}-${through}.csv`, ['day', 'feature', 'actions', 'credits'], rows);
}

/** Use per feature over a period of one's own choice (s.2). Sums are the service's. */
export function UsageReport({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const overview = useQuery(overviewQuery(accountId));
  return (
    <Loaded query={overview} lines={5}>
      {({ today }) => <ReportOfPeriod accountId={accountId} today={today} title={t('usage.report')} />}
    </Loaded>
  );
}

function ReportOfPeriod({ accountId, today, title }: { readonly accountId: string; readonly today: string; readonly title: string }) {
  const { t, count } = useLanguage();
  const [from, setFrom] = useState(`${today.slice(0, 8)}01`);
  const [through, setThrough] = useState(today);
  const burn = useQuery({ ...burnQuery(accountId, from, through), placeholderData: (before) => before, enabled: from !== '' && through !== '' });
  return (
    <Card
      title={title}
      aside={
        <ActionButton
          disabled={burn.data === undefined || burn.isPlaceholderData}
          onPress={() => {
            if (burn.data !== undefined) downloadReport(accountId, burn.data);
          }}
        >
          {t('usage.csv')}
        </ActionButton>
      }
    >
      <div className="filters no-print">
        <TextInput label={t('filter.from')} type="date" value={from} onChange={setFrom} />
        <TextInput label={t('filter.through')} type="date" value={through} onChange={setThrough} />
      </div>
      <Loaded query={burn}>
        {({ features, total }) =>
          features.length === 0 ? (
            <Empty title={t('burn.none')}>{t('burn.noneWhat')}</Empty>
          ) : (
            <>
              <Table
                label={title}
                columns={[
                  { name: t('ledger.feature'), cell: ({ feature }) => <bdi>{feature}</bdi> },
                  { name: t('usage.actions'), figure: true, cell: ({ actions }) => count(actions) },
                  { name: t('ledger.credits'), figure: true, cell: ({ credits }) => <Credits amount={credits} /> },
                  { name: t('ledger.unfunded'), figure: true, cell: ({ unfunded }) => <Credits amount={unfunded} /> },
                ]}
                rows={features}
                keyOf={({ feature }) => feature}
              />
              <p>
                {t('usage.total')}{' '}
                <strong>
                  <Credits amount={total} />
                </strong>
              </p>
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
