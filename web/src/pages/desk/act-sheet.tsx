import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import type { PendingAct } from '../../api/types';
import { useLanguage } from '../../i18n/locale';
import { useMay, useSession } from '../../session';
import { Banner, Facts } from '../../ui/basics';
import { ActionButton, Sheet, TextInput } from '../../ui/controls';
import { Problem } from '../../ui/loaded';
import { factsOf } from './facts-of';

interface Props {
  readonly act: PendingAct;
  readonly onClose: () => void;
}

/** What was asked for, in full, and the decision: confirming books it, declining books nothing. */
export function ActSheet({ act, onClose }: Props) {
  const { t, word, instant } = useLanguage();
  const may = useMay();
  const { keyId } = useSession();
  const own = act.requestedBy === `key:${keyId}` || act.requestedBy === keyId;
  const [declining, setDeclining] = useState(false);
  return (
    <Sheet title={word(`act.${act.kind}`, act.kind)} open onClose={onClose}>
      <Facts
        facts={[
          [t('entry.account'), <bdi key="account">{act.accountId}</bdi>],
          ...factsOf(act.request).map(([name, value]) => [word(`actField.${name}`, name), <bdi key={name}>{value}</bdi>] as const),
          [t('acts.askedBy'), <code key="by">{act.requestedBy}</code>],
          [t('acts.askedAt'), instant(act.requestedAt)],
          [t('acts.expires'), instant(act.expiresAt)],
        ]}
      />
      {own ? <Banner tone="plain" title={t('acts.own')} /> : null}
      {!may.operate ? (
        <p className="muted">{t('acts.onlyOperators')}</p>
      ) : declining ? (
        <Decline act={act} onClose={onClose} />
      ) : (
        <Decide act={act} own={own} onDecline={() => { setDeclining(true); }} onClose={onClose} />
      )}
    </Sheet>
  );
}

function Decide({ act, own, onDecline, onClose }: Props & { readonly own: boolean; readonly onDecline: () => void }) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const [checked, setChecked] = useState(false);
  const confirm = useMutation({
    mutationFn: () => answerOf(api.POST('/v1/acts/{actId}/confirmation', { params: { path: { actId: act.actId }, header }, body: {} })),
    onSuccess: async () => {
      onClose();
      await Promise.all([client.invalidateQueries({ queryKey: ['desk'] }), client.invalidateQueries({ queryKey: ['account', act.accountId] })]);
    },
  });
  return (
    <>
      {own ? null : (
        <label className="checkbox">
          <input
            type="checkbox"
            checked={checked}
            onChange={(event) => {
              setChecked(event.target.checked);
            }}
          />
          <span>{t('acts.checked')}</span>
        </label>
      )}
      {confirm.isError ? <Problem error={confirm.error} /> : null}
      <div className="row end">
        <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
        <ActionButton look="danger" onPress={onDecline}>
          {t(own ? 'acts.takeBack' : 'acts.decline')}
        </ActionButton>
        {own ? null : (
          <ActionButton
            look="primary"
            disabled={!checked}
            pending={confirm.isPending}
            onPress={() => {
              confirm.mutate();
            }}
          >
            {t('acts.confirm')}
          </ActionButton>
        )}
      </div>
    </>
  );
}

function Decline({ act, onClose }: Props) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const [reason, setReason] = useState('');
  const decline = useMutation({
    mutationFn: () => answerOf(api.POST('/v1/acts/{actId}/decline', { params: { path: { actId: act.actId }, header }, body: { reason: reason.trim() } })),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['desk'] });
    },
  });
  return (
    <form
      className="form"
      onSubmit={(event) => {
        event.preventDefault();
        decline.mutate();
      }}
    >
      <TextInput label={t('operator.reason')} hint={t('keys.labelHint')} required value={reason} onChange={setReason} />
      {decline.isError ? <Problem error={decline.error} /> : null}
      <div className="row end">
        <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
        <ActionButton submit look="danger" pending={decline.isPending} disabled={reason.trim() === ''}>
          {t('acts.declineIt')}
        </ActionButton>
      </div>
    </form>
  );
}
