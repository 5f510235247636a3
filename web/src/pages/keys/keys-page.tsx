import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApiKey } from '../../api/types';
import { answerOf, api } from '../../api/client';
import { apiKeysQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { useMay, useSession } from '../../session';
import { Badge, Card, Empty, Page } from '../../ui/basics';
import { ActionButton, Sheet } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';
import { Table } from '../../ui/table';
import { NewKeySheet, type KeyRequest } from './new-key-sheet';

export function KeysPage({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const may = useMay();
  const [wanted, setWanted] = useState<KeyRequest | null>(null);
  const [revoking, setRevoking] = useState<ApiKey | null>(null);
  const keys = useQuery({ ...apiKeysQuery(accountId), enabled: may.buy || may.operate });
  if (!may.buy && !may.operate) {
    return (
      <Page title={t('keys.title')}>
        <Empty title={t('keys.notYours')}>{t('keys.notYoursWhat')}</Empty>
      </Page>
    );
  }
  const close = (): void => {
    setWanted(null);
    setRevoking(null);
  };
  return (
    <Page
      title={t('keys.title')}
      lead={t('keys.lead')}
      actions={
        <ActionButton
          look="primary"
          onPress={() => {
            setWanted({ label: '', scopes: ['usage:write'], replaces: null });
          }}
        >
          {t('keys.new')}
        </ActionButton>
      }
    >
      {wanted === null ? null : <NewKeySheet accountId={accountId} request={wanted} onClose={close} />}
      {revoking === null ? null : <RevokeSheet accountId={accountId} apiKey={revoking} onClose={close} />}
      <Card>
        <Loaded query={keys}>
          {({ items }) => (items.length === 0 ? <Empty title={t('keys.none')}>{t('keys.noneWhat')}</Empty> : <KeyTable items={items} onRotate={setWanted} onRevoke={setRevoking} />)}
        </Loaded>
      </Card>
    </Page>
  );
}

interface TableProps {
  readonly items: readonly ApiKey[];
  readonly onRotate: (request: KeyRequest) => void;
  readonly onRevoke: (key: ApiKey) => void;
}

function KeyTable({ items, onRotate, onRevoke }: TableProps) {
  const { t, instant } = useLanguage();
  const session = useSession();
  const rotatable = (key: ApiKey): boolean => key.scopes.every((scope) => scope === 'usage:write' || scope === 'account:read');
  return (
    <Table
      label={t('keys.title')}
      columns={[
        {
          name: t('keys.label'),
          cell: ({ label, keyId }) => (
            <>
              <bdi>{label}</bdi>
              <div className="small muted mono">{keyId}</div>
            </>
          ),
        },
        {
          name: t('keys.scopes'),
          cell: ({ scopes }) => (
            <span className="row">
              {scopes.map((scope) => (
                <Badge key={scope}>{scope}</Badge>
              ))}
            </span>
          ),
        },
        { name: t('keys.created'), cell: ({ createdAt }) => <span className="figure">{instant(createdAt)}</span> },
        { name: t('keys.lastUsed'), cell: ({ lastUsedAt }) => <span className="figure">{lastUsedAt === null ? t('keys.never') : instant(lastUsedAt)}</span> },
        { name: t('purchases.state'), cell: (key) => <KeyState apiKey={key} own={key.keyId === session.keyId} /> },
        {
          name: t('common.action'),
          cell: (key) =>
            key.revokedAt !== null ? null : (
              <span className="row">
                {rotatable(key) ? (
                  <ActionButton
                    look="plain"
                    onPress={() => {
                      onRotate({ label: key.label, scopes: key.scopes, replaces: key.keyId });
                    }}
                  >
                    {t('keys.rotate')}
                  </ActionButton>
                ) : null}
                {key.keyId === session.keyId ? null : (
                  <ActionButton
                    look="plain"
                    onPress={() => {
                      onRevoke(key);
                    }}
                  >
                    {t('keys.revoke')}
                  </ActionButton>
                )}
              </span>
            ),
        },
      ]}
      rows={[...items].reverse()}
      keyOf={({ keyId }) => keyId}
    />
  );
}

function KeyState({ apiKey, own }: { readonly apiKey: ApiKey; readonly own: boolean }) {
  const { t, instant } = useLanguage();
  if (apiKey.revokedAt !== null) return <Badge>{t('keys.revoked', { at: instant(apiKey.revokedAt) })}</Badge>;
  if (own) return <Badge tone="accent">{t('keys.own')}</Badge>;
  return <Badge tone="good">{apiKey.expiresAt === null ? t('keys.works') : t('keys.until', { at: instant(apiKey.expiresAt) })}</Badge>;
}

function RevokeSheet({ accountId, apiKey, onClose }: { readonly accountId: string; readonly apiKey: ApiKey; readonly onClose: () => void }) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: () => answerOf(api.DELETE('/v1/api-keys/{keyId}', { params: { path: { keyId: apiKey.keyId } } })),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['account', accountId, 'api-keys'] });
    },
  });
  return (
    <Sheet title={t('keys.revokeTitle', { label: apiKey.label })} open onClose={onClose}>
      <p>{t('keys.revokeWhat')}</p>
      {revoke.isError ? <Problem error={revoke.error} /> : null}
      <div className="row end">
        <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
        <ActionButton
          look="danger"
          pending={revoke.isPending}
          onPress={() => {
            revoke.mutate();
          }}
        >
          {t('keys.revoke')}
        </ActionButton>
      </div>
    </Sheet>
  );
}
