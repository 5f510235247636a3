import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { attemptsQuery, type Endpoint } from '../../api/telling-queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Badge, Banner, Empty } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';
import { Table } from '../../ui/table';

/** What is asked about before it is done. */
export interface EndpointAct {
  readonly act: 'rotate' | 'remove';
  readonly endpoint: Endpoint;
}

interface Props {
  readonly accountId: string;
  readonly endpoint: Endpoint;
  readonly onAsk: (act: EndpointAct) => void;
}

/** One endpoint: what it listens to, whether it answers, a test now, and its newest attempts. */
export function EndpointRow({ accountId, endpoint, onAsk }: Props) {
  const { t, instant, count } = useLanguage();
  const may = useMay();
  const client = useQueryClient();
  const [open, setOpen] = useState(false);
  const { endpointId, url, eventTypes, createdAt } = endpoint;
  const params = { path: { accountId, endpointId } };
  const changed = (): Promise<void> => client.invalidateQueries({ queryKey: ['account', accountId, 'webhooks'] });
  const test = useMutation({
    mutationFn: () => answerOf(api.POST('/v1/accounts/{accountId}/webhooks/{endpointId}/test', { params, body: {} })),
    onSuccess: changed,
  });
  const enable = useMutation({
    mutationFn: () => answerOf(api.POST('/v1/accounts/{accountId}/webhooks/{endpointId}/enable', { params, body: {} })),
    onSuccess: changed,
  });
  return (
    <li className="stack endpoint">
      <div className="card-head">
        <div>
          <bdi className="mono">{url}</bdi>
          <div className="small muted">
            {eventTypes === null ? t('endpoints.allEvents') : t('endpoints.someEvents', { count: count(eventTypes.length), names: eventTypes.map((type) => t(`event.${type}`)).join(', ') })} ·{' '}
            {t('endpoints.since', { at: instant(createdAt) })}
          </div>
        </div>
        <EndpointState endpoint={endpoint} />
      </div>
      {may.buy ? (
        <div className="row">
          <ActionButton
            pending={test.isPending}
            onPress={() => {
              test.mutate();
            }}
          >
            {t('endpoints.test')}
          </ActionButton>
          {endpoint.disabledAt === null ? null : (
            <ActionButton
              look="primary"
              pending={enable.isPending}
              onPress={() => {
                enable.mutate();
              }}
            >
              {t('endpoints.enable')}
            </ActionButton>
          )}
          <ActionButton
            look="plain"
            onPress={() => {
              onAsk({ act: 'rotate', endpoint });
            }}
          >
            {t('endpoints.rotate')}
          </ActionButton>
          <ActionButton
            look="plain"
            onPress={() => {
              onAsk({ act: 'remove', endpoint });
            }}
          >
            {t('endpoints.remove')}
          </ActionButton>
        </div>
      ) : null}
      {test.data === undefined ? null : (
        <div role="status">
          <Banner tone={test.data.delivered ? 'good' : 'warn'} title={t(test.data.delivered ? 'endpoints.testPassed' : 'endpoints.testFailed')}>
            <Answer status={test.data.status} excerpt={test.data.excerpt} /> · {t('endpoints.took', { ms: count(test.data.durationMs) })}
          </Banner>
        </div>
      )}
      {test.isError ? <Problem error={test.error} /> : null}
      {enable.isError ? <Problem error={enable.error} /> : null}
      <details
        onToggle={(event) => {
          setOpen(event.currentTarget.open);
        }}
      >
        <summary>{t('endpoints.attempts')}</summary>
        {open ? <Attempts accountId={accountId} endpointId={endpointId} /> : null}
      </details>
    </li>
  );
}

function EndpointState({ endpoint }: { readonly endpoint: Endpoint }) {
  const { t, instant } = useLanguage();
  const { disabledAt, failingSince } = endpoint;
  if (disabledAt !== null) return <Badge tone="bad">{t('endpoints.disabled', { at: instant(disabledAt) })}</Badge>;
  if (failingSince !== null) return <Badge tone="warn">{t('endpoints.failing', { at: instant(failingSince) })}</Badge>;
  return <Badge tone="good">{t('endpoints.on')}</Badge>;
}

function Attempts({ accountId, endpointId }: { readonly accountId: string; readonly endpointId: string }) {
  const { t, word, instant, count } = useLanguage();
  const attempts = useQuery(attemptsQuery(accountId, endpointId));
  return (
    <Loaded query={attempts} lines={2}>
      {({ items }) =>
        items.length === 0 ? (
          <Empty title={t('endpoints.noAttempts')} />
        ) : (
          <Table
            label={t('endpoints.attempts')}
            columns={[
              { name: t('endpoints.at'), cell: ({ at }) => <span className="figure">{instant(at)}</span> },
              { name: t('alerts.event'), cell: ({ eventType }) => word(`event.${eventType}`, eventType) },
              { name: t('endpoints.answer'), cell: ({ status, excerpt }) => <Answer status={status} excerpt={excerpt} /> },
              { name: t('endpoints.duration'), figure: true, cell: ({ durationMs }) => t('endpoints.ms', { ms: count(durationMs) }) },
            ]}
            rows={items}
            keyOf={({ attemptId }) => attemptId}
          />
        )
      }
    </Loaded>
  );
}

/** What came back, as it came: a text of somebody else's machine. */
export function Answer({ status, excerpt }: { readonly status: number | null; readonly excerpt: string | null }) {
  const { t } = useLanguage();
  return (
    <>
      <strong>{status === null ? t('endpoints.noAnswer') : String(status)}</strong>{' '}
      <bdi className="mono" dir="ltr">
        {excerpt}
      </bdi>
    </>
  );
}
