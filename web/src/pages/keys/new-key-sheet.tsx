import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import { useLanguage } from '../../i18n/locale';
import { Banner } from '../../ui/basics';
import { ActionButton, Sheet, TextInput } from '../../ui/controls';
import { Problem } from '../../ui/loaded';
import { Secret } from '../../ui/secret';
import type { ApiKey } from '../../api/types';

export interface KeyRequest {
  readonly label: string;
  readonly scopes: ApiKey['scopes'];
  /** The key that it takes the place of; null: of none. */
  readonly replaces: string | null;
}

const SCOPES = ['usage:write', 'account:read'] as const;

interface Props {
  readonly accountId: string;
  readonly request: KeyRequest;
  readonly onClose: () => void;
}

/** A new key, or one in place of another, which goes on for a day or until it is revoked. */
export function NewKeySheet({ accountId, request, onClose }: Props) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const [label, setLabel] = useState(request.label);
  const [scopes, setScopes] = useState(request.scopes);
  const create = useMutation({
    mutationFn: () => {
      const { replaces } = request;
      if (replaces !== null) return answerOf(api.POST('/v1/api-keys/{keyId}/rotation', { params: { path: { keyId: replaces }, header }, body: {} }));
      return answerOf(api.POST('/v1/api-keys', { params: { header }, body: { label: label.trim(), scopes, accountId } }));
    },
    onSuccess: () => client.invalidateQueries({ queryKey: ['account', accountId, 'api-keys'] }),
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    create.mutate();
  };
  if (create.data?.secret !== undefined) {
    return <SecretSheet accountId={accountId} secret={create.data.secret} replaces={request.replaces} onClose={onClose} />;
  }
  return (
    <Sheet title={request.replaces === null ? t('keys.new') : t('keys.rotateTitle', { label: request.label })} open onClose={onClose}>
      <form className="form" onSubmit={submit}>
        {request.replaces === null ? null : <p>{t('keys.rotateWhat')}</p>}
        {request.replaces === null ? (
          <>
            <TextInput label={t('keys.label')} hint={t('keys.labelHint')} required value={label} onChange={setLabel} />
            <Scopes chosen={scopes} onChange={setScopes} />
          </>
        ) : null}
        {create.isError ? <Problem error={create.error} /> : null}
        <div className="row end">
          <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
          <ActionButton submit look="primary" pending={create.isPending} disabled={label.trim() === '' || scopes.length === 0}>
            {request.replaces === null ? t('keys.create') : t('keys.rotate')}
          </ActionButton>
        </div>
      </form>
    </Sheet>
  );
}

function Scopes({ chosen, onChange }: { readonly chosen: ApiKey['scopes']; readonly onChange: (scopes: ApiKey['scopes']) => void }) {
  const { t } = useLanguage();
  return (
    <fieldset className="stack plain-fieldset">
      <legend className="field-label">{t('keys.scopes')}</legend>
      {SCOPES.map((scope) => (
        <label key={scope} className="checkbox">
          <input
            type="checkbox"
            checked={chosen.includes(scope)}
            onChange={(event) => {
              onChange(event.target.checked ? [...chosen, scope] : chosen.filter((other) => other !== scope));
            }}
          />
          <span>
            <code>{scope}</code> {t(`scope.${scope}`)}
          </span>
        </label>
      ))}
    </fieldset>
  );
}

function SecretSheet({ accountId, secret, replaces, onClose }: { readonly accountId: string; readonly secret: string; readonly replaces: string | null; readonly onClose: () => void }) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const revoke = useMutation({
    mutationFn: (keyId: string) => answerOf(api.DELETE('/v1/api-keys/{keyId}', { params: { path: { keyId } } })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['account', accountId, 'api-keys'] }),
  });
  return (
    <Sheet title={t('keys.secretTitle')} open onClose={onClose}>
      <Secret secret={secret} />
      {replaces === null ? null : revoke.isSuccess ? (
        <Banner tone="good" title={t('keys.oldRevoked')} />
      ) : (
        <div className="stack">
          <p>{t('keys.oldStill')}</p>
          {revoke.isError ? <Problem error={revoke.error} /> : null}
          <div>
            <ActionButton
              look="danger"
              pending={revoke.isPending}
              onPress={() => {
                revoke.mutate(replaces);
              }}
            >
              {t('keys.revokeOld')}
            </ActionButton>
          </div>
        </div>
      )}
      <div className="row end">
        <ActionButton look="primary" onPress={onClose}>
          {t('common.done')}
        </ActionButton>
      </div>
    </Sheet>
  );
}
