import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { endpointsQuery } from '../../api/telling-queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Card, Empty } from '../../ui/basics';
import { ConfirmSheet } from '../../ui/confirm-sheet';
import { ActionButton } from '../../ui/controls';
import { Loaded } from '../../ui/loaded';
import { EndpointRow, type EndpointAct } from './endpoint-row';
import { NewEndpointSheet, RotateSecretSheet } from './endpoint-sheets';

/** Webhook endpoints: where the licensee's machines are told, each with its attempts. */
export function EndpointsCard({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const may = useMay();
  const client = useQueryClient();
  const endpoints = useQuery(endpointsQuery(accountId));
  const [adding, setAdding] = useState(false);
  const [asked, setAsked] = useState<EndpointAct | null>(null);
  const close = (): void => {
    setAdding(false);
    setAsked(null);
  };
  return (
    <Card
      title={t('endpoints.title')}
      aside={
        may.buy ? (
          <ActionButton
            onPress={() => {
              setAdding(true);
            }}
          >
            {t('endpoints.add')}
          </ActionButton>
        ) : undefined
      }
    >
      <p className="small muted">{t('endpoints.lead')}</p>
      {adding ? <NewEndpointSheet accountId={accountId} onClose={close} /> : null}
      {asked?.act === 'rotate' ? <RotateSecretSheet accountId={accountId} endpoint={asked.endpoint} onClose={close} /> : null}
      {asked?.act === 'remove' ? (
        <ConfirmSheet
          title={t('endpoints.removeTitle')}
          what={
            <>
              <bdi className="mono">{asked.endpoint.url}</bdi>: {t('endpoints.removeWhat')}
            </>
          }
          confirm={t('endpoints.remove')}
          run={() => answerOf(api.DELETE('/v1/accounts/{accountId}/webhooks/{endpointId}', { params: { path: { accountId, endpointId: asked.endpoint.endpointId } } }))}
          onDone={async () => {
            close();
            await client.invalidateQueries({ queryKey: ['account', accountId, 'webhooks'] });
          }}
          onClose={close}
        />
      ) : null}
      <Loaded query={endpoints} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('endpoints.none')}>{t('endpoints.noneWhat')}</Empty>
          ) : (
            <ul className="stack">
              {items.map((endpoint) => (
                <EndpointRow key={endpoint.endpointId} accountId={accountId} endpoint={endpoint} onAsk={setAsked} />
              ))}
            </ul>
          )
        }
      </Loaded>
    </Card>
  );
}
