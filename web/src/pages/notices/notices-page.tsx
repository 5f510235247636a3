import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'wouter';
import type { components } from '../../../generated/api';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import { noticesQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Badge, Card, Empty, Facts, Page } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';

type Notice = components['schemas']['Notice'];

/** Notices of changes of rates (P2): the words, whether the thirty days run, and what proves it. */
export function NoticesPage({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const notices = useQuery(noticesQuery(accountId));
  return (
    <Page title={t('notices.title')} lead={t('notices.lead')}>
      <Loaded query={notices}>
        {({ items }) =>
          items.length === 0 ? (
            <Card>
              <Empty title={t('notices.none')}>{t('notices.noneWhat')}</Empty>
            </Card>
          ) : (
            <div className="stack">
              {[...items].reverse().map((notice) => (
                <NoticeCard key={notice.noticeId} notice={notice} accountId={accountId} />
              ))}
            </div>
          )
        }
      </Loaded>
    </Page>
  );
}

function NoticeCard({ notice, accountId }: { readonly notice: Notice; readonly accountId: string }) {
  const { t, date } = useLanguage();
  const { version, cardId, deliveredOn, reachesPurchasesFrom, withdrawn } = notice;
  const state = withdrawn ? <Badge>{t('notices.withdrawn')}</Badge> : deliveredOn === null ? <Badge tone="warn">{t('notices.notBegun')}</Badge> : <Badge tone="good">{t('notices.delivered')}</Badge>;
  return (
    <Card title={t('notices.of', { version: `${cardId}@${String(version)}` })} aside={state}>
      <p className="prose">
        <bdi>{notice.text}</bdi>
      </p>
      <Facts
        facts={[
          [t('notices.announced'), date(notice.announcedOn)],
          [t('notices.effective'), date(notice.effectiveDate)],
          [t('notices.deliveredOn'), deliveredOn === null ? t('notices.notYet') : date(deliveredOn)],
          [t('notices.reaches'), reachesPurchasesFrom === null ? t('notices.notYet') : date(reachesPurchasesFrom)],
        ]}
      />
      <p className="small muted">
        {t('notices.onlyNew')} <Link href={`/a/${encodeURIComponent(accountId)}/lots`}>{t('notices.compare')}</Link>
      </p>
      <p className="small">
        <Link href={`/a/${encodeURIComponent(accountId)}/ledger?type=notice-delivered`}>{t('notices.proof')}</Link>
      </p>
      {deliveredOn === null && !withdrawn ? <Acknowledge notice={notice} accountId={accountId} /> : null}
    </Card>
  );
}

function Acknowledge({ notice, accountId }: { readonly notice: Notice; readonly accountId: string }) {
  const { t } = useLanguage();
  const may = useMay();
  const client = useQueryClient();
  const { header } = useIntention();
  const acknowledge = useMutation({
    mutationFn: () => answerOf(api.POST('/v1/accounts/{accountId}/notices/{noticeId}/acknowledge', { params: { path: { accountId, noticeId: notice.noticeId }, header }, body: {} })),
    onSuccess: () => client.invalidateQueries({ queryKey: ['account', accountId] }),
  });
  if (!may.buy) return null;
  return (
    <div className="stack">
      <p>{t('notices.acknowledgeWhat')}</p>
      {acknowledge.isError ? <Problem error={acknowledge.error} /> : null}
      <div>
        <ActionButton
          look="primary"
          pending={acknowledge.isPending}
          onPress={() => {
            acknowledge.mutate();
          }}
        >
          {t('notices.acknowledge')}
        </ActionButton>
      </div>
    </div>
  );
}
