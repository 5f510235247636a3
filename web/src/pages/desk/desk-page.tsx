import { useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { breaksQuery, queuesQuery, unbookedQuery } from '../../api/desk-queries';
import { useLanguage } from '../../i18n/locale';
import { Card, Page } from '../../ui/basics';
import { FindAccount } from './find-account';
import { WaitingActs } from './waiting-acts';

/** The first page of operators and of finance: what waits for them, and every account. */
export function DeskPage() {
  const { t } = useLanguage();
  return (
    <Page title={t('desk.title')} lead={t('desk.lead')}>
      <Waiting />
      <WaitingActs />
      <FindAccount />
    </Page>
  );
}

/** How much waits elsewhere; each leads there. */
function Waiting() {
  const { t, count } = useLanguage();
  const unbooked = useQuery(unbookedQuery);
  const breaks = useQuery(breaksQuery('open'));
  const queues = useQuery(queuesQuery);
  const figures = [
    ['/desk/money', t('unbooked.title'), unbooked.data?.items.length],
    ['/desk/money', t('breaks.title'), breaks.data?.items.length],
    ['/desk/queues', t('queues.parkedList'), queues.data?.parked.count],
  ] as const;
  return (
    <Card title={t('desk.elsewhere')}>
      <dl className="facts">
        {figures.map(([href, name, waiting]) => (
          <div key={name}>
            <dt>
              <Link href={href}>{name}</Link>
            </dt>
            <dd className="big">{waiting === undefined ? '–' : count(waiting)}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}
