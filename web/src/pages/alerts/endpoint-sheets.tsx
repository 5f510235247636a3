import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import { problemOf } from '../../api/problem';
import type { Endpoint, ListenedType } from '../../api/telling-queries';
import { useLanguage } from '../../i18n/locale';
import { ActionButton, Choice, Sheet, TextInput } from '../../ui/controls';
import { Problem } from '../../ui/loaded';
import { Secret } from '../../ui/secret';
import { LISTENED } from './rule-words';

interface Props {
  readonly accountId: string;
  readonly onClose: () => void;
}

/** An endpoint, and once the secret that its messages are signed with. */
export function NewEndpointSheet({ accountId, onClose }: Props) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const [url, setUrl] = useState('https://');
  const [all, setAll] = useState(true);
  const [types, setTypes] = useState<readonly ListenedType[]>([]);
  const add = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/v1/accounts/{accountId}/webhooks', {
          params: { path: { accountId }, header },
          body: { url: url.trim(), ...(all ? {} : { eventTypes: [...types] }) },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['account', accountId, 'webhooks'] }),
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    add.mutate();
  };
  if (add.isSuccess) return <SecretSheet secret={add.data.secret} onClose={onClose} />;
  const wrong = add.isError && problemOf(add.error).pointer === '/url' ? problemOf(add.error).detail : undefined;
  return (
    <Sheet title={t('endpoints.add')} open onClose={onClose}>
      <form className="form" onSubmit={submit}>
        <TextInput label={t('endpoints.url')} hint={t('endpoints.urlHint')} required value={url} onChange={setUrl} error={wrong} />
        <Choice
          label={t('endpoints.listens')}
          value={all ? 'all' : 'some'}
          onChange={(which) => {
            setAll(which === 'all');
          }}
          options={[
            ['all', t('endpoints.allEvents')],
            ['some', t('endpoints.chosenEvents')],
          ]}
        />
        {all ? null : (
          <fieldset className="stack plain-fieldset">
            <legend className="visually-hidden">{t('endpoints.chosenEvents')}</legend>
            {LISTENED.map((type) => (
              <label key={type} className="checkbox">
                <input
                  type="checkbox"
                  checked={types.includes(type)}
                  onChange={({ target }) => {
                    setTypes(target.checked ? [...types, type] : types.filter((other) => other !== type));
                  }}
                />
                <span>{t(`event.${type}`)}</span>
              </label>
            ))}
          </fieldset>
        )}
        {add.isError && wrong === undefined ? <Problem error={add.error} /> : null}
        <div className="row end">
          <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
          <ActionButton submit look="primary" pending={add.isPending} disabled={!all && types.length === 0}>
            {t('endpoints.add')}
          </ActionButton>
        </div>
      </form>
    </Sheet>
  );
}

export function RotateSecretSheet({ accountId, endpoint, onClose }: Props & { readonly endpoint: Endpoint }) {
  const { t } = useLanguage();
  const { header } = useIntention();
  const rotate = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/v1/accounts/{accountId}/webhooks/{endpointId}/secret', { params: { path: { accountId, endpointId: endpoint.endpointId }, header }, body: {} })),
  });
  if (rotate.isSuccess) return <SecretSheet secret={rotate.data.secret} onClose={onClose} />;
  return (
    <Sheet title={t('endpoints.rotateTitle')} open onClose={onClose}>
      <p>
        <bdi className="mono">{endpoint.url}</bdi>
      </p>
      <p>{t('endpoints.rotateWhat')}</p>
      {rotate.isError ? <Problem error={rotate.error} /> : null}
      <div className="row end">
        <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
        <ActionButton
          look="primary"
          pending={rotate.isPending}
          onPress={() => {
            rotate.mutate();
          }}
        >
          {t('endpoints.rotate')}
        </ActionButton>
      </div>
    </Sheet>
  );
}

/** Of a request that was answered before, the service has no secret to show. */
function SecretSheet({ secret, onClose }: { readonly secret: string | undefined; readonly onClose: () => void }) {
  const { t } = useLanguage();
  return (
    <Sheet title={t('endpoints.secretTitle')} open onClose={onClose}>
      <p>{t('endpoints.secretWhat')}</p>
      {secret === undefined ? <p>{t('endpoints.secretGone')}</p> : <Secret secret={secret} />}
      <div className="row end">
        <ActionButton look="primary" onPress={onClose}>
          {t('common.done')}
        </ActionButton>
      </div>
    </Sheet>
  );
}
