import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Lot } from '../../api/types';
import { lotsQuery, rateVersionsQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { Card, Empty, Page, Skeleton } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Problem } from '../../ui/loaded';
import { LotCard } from './lot-card';
import { RateVersions } from './rate-versions';

/** As lots burn: the service gives priority and validity, the order is the one of SPEC 4. */
function inBurnOrder(lots: readonly Lot[]): Lot[] {
  const end = (lot: Lot): string => lot.validUntil ?? '9999';
  return [...lots].sort(
    (a, b) => a.priority - b.priority || end(a).localeCompare(end(b)) || a.allocatedAt.localeCompare(b.allocatedAt) || a.lotId - b.lotId,
  );
}

export function LotsPage({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const lots = useInfiniteQuery(lotsQuery(accountId));
  const versions = useQuery(rateVersionsQuery(accountId));
  const [compared, setCompared] = useState<readonly string[]>([]);
  const all = lots.data?.pages.flatMap(({ items }) => items) ?? [];
  const open = inBurnOrder(all.filter((lot) => lot.open));
  const used = all.filter((lot) => !lot.open).reverse();
  return (
    <Page title={t('lots.title')} lead={t('lots.lead')}>
      {lots.isError ? <Problem error={lots.error} retry={() => void lots.refetch()} /> : null}
      {lots.isPending ? <Skeleton lines={6} /> : null}
      {lots.isSuccess && all.length === 0 ? (
        <Card>
          <Empty title={t('lots.none')}>{t('lots.noneWhat')}</Empty>
        </Card>
      ) : null}
      <div className="stack">
        {open.map((lot, i) => (
          <LotCard key={lot.lotId} lot={lot} turn={i + 1} accountId={accountId} />
        ))}
      </div>
      {used.length === 0 ? null : (
        <section className="stack">
          <h2>{t('lots.used')}</h2>
          {used.map((lot) => (
            <LotCard key={lot.lotId} lot={lot} turn={null} accountId={accountId} />
          ))}
        </section>
      )}
      {lots.hasNextPage ? (
        <ActionButton pending={lots.isFetchingNextPage} onPress={() => void lots.fetchNextPage()}>
          {t('common.more')}
        </ActionButton>
      ) : null}
      {versions.data === undefined || versions.data.items.length === 0 ? null : (
        <RateVersions versions={versions.data.items} compared={compared} onCompare={setCompared} />
      )}
    </Page>
  );
}
