import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { components } from '../../../generated/api';
import { answerOf, api } from '../../api/client';
import { queuesQuery } from '../../api/desk-queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Card, Empty, Page } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';
import { Table, type Column } from '../../ui/table';

type Queues = components['schemas']['Queues'];
type Parked = Queues['parked']['items'][number];

/** How far what licensees are told has come, and what was given up on its way. */
export function QueuesPage() {
  const { t, count } = useLanguage();
  const queues = useQuery(queuesQuery);
  return (
    <Page
      title={t('queues.title')}
      lead={t('queues.lead')}
      actions={
        // Of the service itself and not a page of this account: the same session opens it.
        <a className="button" href="/queues">
          {t('queues.board')}
        </a>
      }
    >
      <Loaded query={queues}>
        {({ outbox, pending, parked }) => (
          <>
            <div className="grid">
              <Card title={t('queues.outbox')}>
                <p className="big">{count(outbox.waiting)}</p>
                <p className="small muted">{outbox.waiting === 0 ? t('queues.nothingWaits') : t('queues.lag', { seconds: count(outbox.lagSeconds) })}</p>
              </Card>
              <Card title={t('queues.pending')}>
                <p className="big">{count(pending.count)}</p>
                <p className="small muted">{pending.due === 0 ? t('queues.nothingDue') : t('queues.due', { due: count(pending.due), seconds: count(pending.lagSeconds) })}</p>
              </Card>
              <Card title={t('queues.parked')}>
                <p className="big">{count(parked.count)}</p>
                <p className="small muted">{t('queues.parkedWhat')}</p>
              </Card>
            </div>
            <ParkedCard parked={parked.items} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function ParkedCard({ parked }: { readonly parked: readonly Parked[] }) {
  const { t, instant } = useLanguage();
  const may = useMay();
  const client = useQueryClient();
  const replay = useMutation({
    mutationFn: ({ accountId, deliveryId }: Parked) => answerOf(api.POST('/v1/accounts/{accountId}/deliveries/{deliveryId}/replay', { params: { path: { accountId, deliveryId } }, body: {} })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['desk', 'queues'] }),
  });
  const columns: Column<Parked>[] = [
    {
      name: t('entry.account'),
      cell: ({ accountId }) => (
        <Link href={`/a/${encodeURIComponent(accountId)}/standing`}>
          <bdi>{accountId}</bdi>
        </Link>
      ),
    },
    { name: t('queues.event'), cell: ({ type }) => <bdi className="mono small">{type}</bdi> },
    { name: t('queues.target'), cell: ({ target }) => <bdi className="mono small">{`${t(`targetKind.${target.kind}`)} ${target.id}`}</bdi> },
    { name: t('queues.attempts'), figure: true, cell: ({ attempts }) => String(attempts) },
    { name: t('queues.answer'), cell: ({ lastStatus, lastExcerpt }) => <bdi className="name small">{[lastStatus === null ? t('queues.noAnswer') : String(lastStatus), lastExcerpt ?? ''].join(' ').trim()}</bdi> },
    { name: t('queues.givenUp'), cell: ({ settledAt }) => <span className="figure">{settledAt === null ? '–' : instant(settledAt)}</span> },
  ];
  const action: Column<Parked> = {
    name: t('common.action'),
    cell: (delivery) => (
      <ActionButton
        pending={replay.isPending && replay.variables.deliveryId === delivery.deliveryId}
        onPress={() => {
          replay.mutate(delivery);
        }}
      >
        {t('queues.replay')}
      </ActionButton>
    ),
  };
  return (
    <Card title={t('queues.parkedList')}>
      {replay.isError ? <Problem error={replay.error} /> : null}
      {parked.length === 0 ? (
        <Empty title={t('queues.noneParked')}>{t('queues.noneParkedWhat')}</Empty>
      ) : (
        <Table stacked label={t('queues.parkedList')} columns={may.operate ? [...columns, action] : columns} rows={parked} keyOf={({ accountId, deliveryId }) => `${accountId}/${deliveryId}`} />
      )}
    </Card>
  );
}
