import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { FIRST_DAYS } from '../../api/first-questions';
import { recentBurnQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { Card, Credits, Empty } from '../../ui/basics';
import { Loaded } from '../../ui/loaded';
import { Table } from '../../ui/table';
import { BurnChart } from './burn-chart';
import { orderOf, seriesOf, type Burn } from './series';

const PERIODS = [7, 30, 90] as const;

export function BurnCard({ accountId }: { readonly accountId: string }) {
  const { t, days } = useLanguage();
  const [period, setPeriod] = useState<number>(FIRST_DAYS);
  const burn = useQuery({ ...recentBurnQuery(accountId, period), placeholderData: (before) => before });
  const choose = (
    <select
      className="select-small no-print"
      aria-label={t('burn.period')}
      value={period}
      onChange={(event) => {
        setPeriod(Number(event.target.value));
      }}
    >
      {PERIODS.map((length) => (
        <option key={length} value={length}>
          {days(length)}
        </option>
      ))}
    </select>
  );
  return (
    <Card title={t('burn.title')} aside={choose}>
      <Loaded query={burn} lines={7}>
        {(data) => (data.features.length === 0 ? <Empty title={t('burn.none')}>{t('burn.noneWhat')}</Empty> : <BurnOfPeriod burn={data} />)}
      </Loaded>
    </Card>
  );
}

function BurnOfPeriod({ burn }: { readonly burn: Burn }) {
  const { t, date } = useLanguage();
  const [order, setOrder] = useState(() => orderOf(burn, []));
  const now = orderOf(burn, order);
  if (now !== order) setOrder(now);
  const series = seriesOf(burn, now);
  return (
    <>
      <p>
        {t('burn.total', { from: date(burn.from), through: date(burn.through) })}{' '}
        <strong>
          <Credits amount={burn.total} />
        </strong>
      </p>
      <BurnChart burn={burn} series={series} />
      <details>
        <summary>{t('burn.table')}</summary>
        <Table
          label={t('burn.table')}
          columns={[
            { name: t('burn.day'), cell: ({ day }) => date(day) },
            ...series.map(({ feature }) => ({
              name: feature,
              figure: true,
              cell: (day: Burn['days'][number]) => {
                const used = day.features.find((other) => other.feature === feature);
                return used === undefined ? '–' : <Credits amount={used.credits} />;
              },
            })),
            { name: t('burn.sum'), figure: true, cell: ({ credits }) => <Credits amount={credits} /> },
          ]}
          rows={burn.days.filter(({ features }) => features.length > 0).reverse()}
          keyOf={({ day }) => day}
        />
      </details>
    </>
  );
}
