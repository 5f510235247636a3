import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { contactsQuery, deliveriesQuery, endpointsQuery, type Delivery, type DeliveryState } from '../../api/telling-queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Card, Empty } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';
import { Table } from '../../ui/table';
import { Answer } from './endpoint-row';

const STATES: readonly DeliveryState[] = ['parked', 'pending', 'delivered', 'dropped'];

/** What became of messages on their way. Those that were given up can be tried again. */
export function DeliveriesCard({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const may = useMay();
  const client = useQueryClient();
  const [state, setState] = useState<DeliveryState>('parked');
  const deliveries = useQuery({ ...deliveriesQuery(accountId, state), placeholderData: (before) => before });
  const replay = useMutation({
    mutationFn: (deliveryId: string | null) =>
      deliveryId === null
        ? answerOf(api.POST('/v1/accounts/{accountId}/deliveries/replay', { params: { path: { accountId } }, body: {} }))
        : answerOf(api.POST('/v1/accounts/{accountId}/deliveries/{deliveryId}/replay', { params: { path: { accountId, deliveryId } }, body: {} })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['account', accountId, 'deliveries'] }),
  });
  const replayable = state === 'parked' && (may.buy || may.operate);
  return (
    <Card
      title={t('deliveries.title')}
      aside={
        <select
          className="select-small no-print"
          aria-label={t('deliveries.state')}
          value={state}
          onChange={(event) => {
            setState(event.target.value as DeliveryState);
          }}
        >
          {STATES.map((other) => (
            <option key={other} value={other}>
              {t(`delivery.${other}`)}
            </option>
          ))}
        </select>
      }
    >
      {replay.isError ? <Problem error={replay.error} /> : null}
      <Loaded query={deliveries} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t(state === 'parked' ? 'deliveries.nothingParked' : 'deliveries.nothing')} />
          ) : (
            <>
              {replayable ? (
                <div>
                  <ActionButton
                    pending={replay.isPending && replay.variables === null}
                    onPress={() => {
                      replay.mutate(null);
                    }}
                  >
                    {t('deliveries.replayAll')}
                  </ActionButton>
                </div>
              ) : null}
              <Deliveries accountId={accountId} items={items} onReplay={replayable ? replay.mutate : null} />
            </>
          )
        }
      </Loaded>
    </Card>
  );
}

function Deliveries({ accountId, items, onReplay }: { readonly accountId: string; readonly items: readonly Delivery[]; readonly onReplay: ((deliveryId: string) => void) | null }) {
  const { t, instant, count } = useLanguage();
  return (
    <Table
      label={t('deliveries.title')}
      columns={[
        { name: t('deliveries.made'), cell: ({ createdAt }) => <span className="figure">{instant(createdAt)}</span> },
        { name: t('alerts.event'), cell: ({ type }) => t(`event.${type}`) },
        { name: t('deliveries.to'), cell: ({ target }) => <Target accountId={accountId} target={target} /> },
        { name: t('deliveries.attempts'), figure: true, cell: ({ attempts }) => count(attempts) },
        {
          name: t('deliveries.last'),
          cell: ({ attempts, lastStatus, lastExcerpt, nextAttemptAt }) => (
            <>
              {attempts === 0 ? '–' : <Answer status={lastStatus} excerpt={lastExcerpt} />}
              {nextAttemptAt === null || attempts === 0 ? null : <div className="small muted">{t('deliveries.next', { at: instant(nextAttemptAt) })}</div>}
            </>
          ),
        },
        ...(onReplay === null
          ? []
          : [
              {
                name: t('common.action'),
                cell: ({ deliveryId }: Delivery) => (
                  <ActionButton
                    look="plain"
                    onPress={() => {
                      onReplay(deliveryId);
                    }}
                  >
                    {t('deliveries.replay')}
                  </ActionButton>
                ),
              },
            ]),
      ]}
      rows={items}
      keyOf={({ deliveryId }) => deliveryId}
    />
  );
}

/** By name where addresses may be seen; by kind elsewhere. */
function Target({ accountId, target }: { readonly accountId: string; readonly target: Delivery['target'] }) {
  const { t } = useLanguage();
  const may = useMay();
  const sees = may.buy || may.operate;
  const contacts = useQuery({ ...contactsQuery(accountId), enabled: sees });
  const endpoints = useQuery({ ...endpointsQuery(accountId), enabled: sees });
  const name =
    target.kind === 'webhook'
      ? endpoints.data?.items.find(({ endpointId }) => endpointId === target.id)?.url
      : contacts.data?.items.find(({ contactId }) => contactId === target.id)?.address;
  return <bdi>{name ?? t(target.kind === 'webhook' ? 'deliveries.endpoint' : 'deliveries.contact')}</bdi>;
}
