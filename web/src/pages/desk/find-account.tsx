import { useInfiniteQuery } from '@tanstack/react-query';
import { useDeferredValue } from 'react';
import { Link, useSearchParams } from 'wouter';
import { accountsQuery } from '../../api/desk-queries';
import { useLanguage } from '../../i18n/locale';
import { Badge, Card, Credits, Empty, Skeleton } from '../../ui/basics';
import { ActionButton, TextInput } from '../../ui/controls';
import { Problem } from '../../ui/loaded';
import { Table } from '../../ui/table';
import { STATUS_TONES } from '../overview/status';

/** Every account, or those whose id, licensee or order form is like what is written. */
export function FindAccount() {
  const { t, word } = useLanguage();
  const [search, setSearch] = useSearchParams();
  const wanted = search.get('search') ?? '';
  const accounts = useInfiniteQuery(accountsQuery(useDeferredValue(wanted.trim())));
  const rows = accounts.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Card title={t('desk.accounts')}>
      <div className="form">
        <TextInput
          label={t('desk.search')}
          hint={t('desk.searchHint')}
          value={wanted}
          onChange={(text) => {
            setSearch(text === '' ? {} : { search: text }, { replace: true });
          }}
        />
      </div>
      {accounts.isError ? <Problem error={accounts.error} retry={() => void accounts.refetch()} /> : null}
      {accounts.isPending ? <Skeleton lines={4} /> : null}
      {accounts.isSuccess && rows.length === 0 ? <Empty title={t('desk.noAccount')}>{t('desk.noAccountWhat')}</Empty> : null}
      {rows.length === 0 ? null : (
        <Table
          stacked
          label={t('desk.accounts')}
          columns={[
            {
              name: t('entry.account'),
              cell: ({ accountId }) => (
                <Link href={`/a/${encodeURIComponent(accountId)}/standing`}>
                  <bdi>{accountId}</bdi>
                </Link>
              ),
            },
            { name: t('desk.licensee'), cell: ({ legalName }) => <bdi className="name">{legalName}</bdi> },
            { name: t('purchases.state'), cell: ({ status }) => <Badge tone={STATUS_TONES[status]}>{word(`status.${status}`, status)}</Badge> },
            { name: t('ledger.balance'), figure: true, cell: ({ balance }) => <Credits amount={balance} /> },
          ]}
          rows={rows}
          keyOf={({ accountId }) => accountId}
        />
      )}
      {accounts.hasNextPage ? (
        <div>
          <ActionButton pending={accounts.isFetchingNextPage} onPress={() => void accounts.fetchNextPage()}>
            {t('common.more')}
          </ActionButton>
        </div>
      ) : null}
    </Card>
  );
}
