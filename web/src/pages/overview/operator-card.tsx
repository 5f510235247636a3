import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import { useLanguage } from '../../i18n/locale';
import { Card } from '../../ui/basics';
import { ActionButton, TextInput } from '../../ui/controls';
import { Problem } from '../../ui/loaded';
import type { Overview } from '../../api/types';

/** For operators: suspend for another reason than credits, with a reference, and end that. */
export function OperatorCard({ overview }: { readonly overview: Overview }) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header, renew } = useIntention();
  const [reason, setReason] = useState('');
  const [reference, setReference] = useState('');
  const suspended = overview.suspension !== null;
  const params = { path: { accountId: overview.accountId }, header };
  const change = useMutation({
    mutationFn: () =>
      suspended
        ? answerOf(api.POST('/v1/accounts/{accountId}/resumption', { params, body: { reason: reason.trim() } }))
        : answerOf(api.POST('/v1/accounts/{accountId}/suspension', { params, body: { reason: reason.trim(), reference: reference.trim() } })),
    onSuccess: async () => {
      setReason('');
      setReference('');
      renew();
      await client.invalidateQueries({ queryKey: ['account', overview.accountId] });
    },
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    change.mutate();
  };
  return (
    <Card title={t('operator.title')}>
      <p className="small muted">{t(suspended ? 'operator.resumeWhat' : 'operator.suspendWhat')}</p>
      <form className="form" onSubmit={submit}>
        <TextInput label={t('operator.reason')} hint={t('keys.labelHint')} required value={reason} onChange={setReason} />
        {suspended ? null : <TextInput label={t('operator.reference')} hint={t('operator.referenceHint')} required value={reference} onChange={setReference} />}
        {change.isError ? <Problem error={change.error} /> : null}
        <div>
          <ActionButton submit look={suspended ? 'primary' : 'danger'} pending={change.isPending} disabled={reason.trim() === '' || (!suspended && reference.trim() === '')}>
            {t(suspended ? 'operator.resume' : 'operator.suspend')}
          </ActionButton>
        </div>
      </form>
    </Card>
  );
}
