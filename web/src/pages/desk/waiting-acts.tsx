import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { components } from '../../../generated/api';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import { actsQuery } from '../../api/desk-queries';
import { useLanguage } from '../../i18n/locale';
import { useMay, useSession } from '../../session';
import { Badge, Card, Empty } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';

type Act = components['schemas']['PendingAct'];

/** Acts that one operator asked for and another one has to confirm. */
export function WaitingActs() {
  const { t } = useLanguage();
  const acts = useQuery(actsQuery);
  return (
    <Card title={t('acts.title')}>
      <p className="small muted">{t('acts.lead')}</p>
      <Loaded query={acts} lines={2}>
        {({ items }) => {
          const pending = items.filter(({ state }) => state === 'pending');
          if (pending.length === 0) return <Empty title={t('acts.none')} />;
          return (
            <div className="stack">
              {pending.map((act) => (
                <WaitingAct key={act.actId} act={act} />
              ))}
            </div>
          );
        }}
      </Loaded>
    </Card>
  );
}

function WaitingAct({ act }: { readonly act: Act }) {
  const { t, instant, word } = useLanguage();
  const may = useMay();
  const session = useSession();
  const client = useQueryClient();
  const { header } = useIntention();
  const confirm = useMutation({
    mutationFn: () => answerOf(api.POST('/v1/acts/{actId}/confirmation', { params: { path: { actId: act.actId }, header }, body: {} })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['desk'] }),
  });
  const own = act.requestedBy === `key:${session.keyId}` || act.requestedBy === session.keyId;
  return (
    <div className="stack">
      <div className="card-head">
        <span>
          <Badge tone="accent">{word(`act.${act.kind}`, act.kind)}</Badge>{' '}
          <Link href={`/a/${encodeURIComponent(act.accountId)}`}>
            <bdi>{act.accountId}</bdi>
          </Link>{' '}
          <span className="small muted">{t('acts.until', { until: instant(act.expiresAt) })}</span>
        </span>
        {!may.operate ? null : own ? (
          <span className="small muted">{t('acts.own')}</span>
        ) : (
          <ActionButton
            look="primary"
            pending={confirm.isPending}
            onPress={() => {
              confirm.mutate();
            }}
          >
            {t('acts.confirm')}
          </ActionButton>
        )}
      </div>
      <code className="prose small">{JSON.stringify(act.request)}</code>
      {confirm.isError ? <Problem error={confirm.error} /> : null}
    </div>
  );
}
