import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import type { Overview } from '../../api/types';
import { useLanguage } from '../../i18n/locale';
import { Banner, Card, Facts } from '../../ui/basics';
import { ActionButton, Sheet, TextInput } from '../../ui/controls';
import { Problem } from '../../ui/loaded';

/** For operators: suspend for another reason than credits, with a reason and a clause or case, and end that. */
export function OperatorCard({ overview }: { readonly overview: Overview }) {
  const { t } = useLanguage();
  const [open, setOpen] = useState(false);
  const suspended = overview.suspension !== null;
  const close = (): void => {
    setOpen(false);
  };
  return (
    <Card title={t('operator.title')}>
      <p className="small muted">{t(suspended ? 'operator.resumeWhat' : 'operator.suspendWhat')}</p>
      <div>
        <ActionButton
          look={suspended ? 'primary' : 'danger'}
          onPress={() => {
            setOpen(true);
          }}
        >
          {t(suspended ? 'operator.resumeStep' : 'operator.suspendStep')}
        </ActionButton>
      </div>
      {!open ? null : suspended ? <ResumeSheet overview={overview} onClose={close} /> : <SuspendSheet overview={overview} onClose={close} />}
    </Card>
  );
}

interface Props {
  readonly overview: Overview;
  readonly onClose: () => void;
}

function SuspendSheet({ overview, onClose }: Props) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const [reason, setReason] = useState('');
  const [reference, setReference] = useState('');
  const [cutsOff, setCutsOff] = useState(false);
  const suspend = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/v1/accounts/{accountId}/suspension', {
          params: { path: { accountId: overview.accountId }, header },
          body: { reason: reason.trim(), reference: reference.trim(), cutsOffRunningWork: cutsOff },
        }),
      ),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['account', overview.accountId] });
    },
  });
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    suspend.mutate();
  };
  return (
    <Sheet title={t('operator.suspendTitle', { account: overview.accountId })} open onClose={onClose}>
      <Banner tone="warn" title={t('operator.stops')}>
        {t('operator.stopsWhat')}
      </Banner>
      <form className="form" onSubmit={submit}>
        <TextInput label={t('operator.reason')} hint={t('operator.seen')} required value={reason} onChange={setReason} />
        <TextInput label={t('operator.clause')} hint={t('operator.referenceHint')} required value={reference} onChange={setReference} />
        <label className="checkbox">
          <input
            type="checkbox"
            checked={cutsOff}
            onChange={(event) => {
              setCutsOff(event.target.checked);
            }}
          />
          <span>{t('operator.cutsOff')}</span>
        </label>
        {suspend.isError ? <Problem error={suspend.error} /> : null}
        <div className="row end">
          <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
          <ActionButton submit look="danger" pending={suspend.isPending} disabled={reason.trim() === '' || reference.trim() === ''}>
            {t('operator.suspend')}
          </ActionButton>
        </div>
      </form>
    </Sheet>
  );
}

function ResumeSheet({ overview, onClose }: Props) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const [reason, setReason] = useState('');
  const resume = useMutation({
    mutationFn: () =>
      answerOf(api.POST('/v1/accounts/{accountId}/resumption', { params: { path: { accountId: overview.accountId }, header }, body: { reason: reason.trim() } })),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['account', overview.accountId] });
    },
  });
  return (
    <Sheet title={t('operator.resumeTitle', { account: overview.accountId })} open onClose={onClose}>
      <Facts
        facts={[
          [t('operator.reason'), <bdi key="reason">{overview.suspension?.reason}</bdi>],
          [t('operator.clause'), <bdi key="clause">{overview.suspension?.reference}</bdi>],
        ]}
      />
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          resume.mutate();
        }}
      >
        <TextInput label={t('operator.why')} hint={t('operator.seen')} required value={reason} onChange={setReason} />
        {resume.isError ? <Problem error={resume.error} /> : null}
        <div className="row end">
          <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
          <ActionButton submit look="primary" pending={resume.isPending} disabled={reason.trim() === ''}>
            {t('operator.resume')}
          </ActionButton>
        </div>
      </form>
    </Sheet>
  );
}
