import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { Entry } from '../../api/types';
import { entriesQuery } from '../../api/entries';
import { useLive } from '../../api/live';
import { overviewQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { Card, Credits, Empty, Page, Skeleton } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Problem } from '../../ui/loaded';
import { Table } from '../../ui/table';
import { downloadCsv } from './csv';
import { filterOf, Filters } from './filters';

/** Every entry with the balance after it. What is looked for stands in the address, so that it can be kept and sent. */
export function LedgerPage({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const [search, setSearch] = useSearchParams();
  const [exporting, setExporting] = useState(false);
  const overview = useQuery(overviewQuery(accountId));
  const zone = overview.data?.timeZone ?? 'UTC';
  const filter = filterOf(search);
  // Rows stay where they are while somebody reads them: new ones come when they are asked for.
  const entries = useInfiniteQuery({ ...entriesQuery(accountId, filter), refetchOnWindowFocus: false });
  const rows = entries.data?.pages.flatMap(({ items }) => items) ?? [];
  const filtered = Object.keys(filter).length > 0;
  return (
    <Page
      title={t('ledger.title')}
      lead={t('ledger.lead')}
      actions={
        <ActionButton
          disabled={rows.length === 0}
          pending={exporting}
          onPress={() => {
            setExporting(true);
            downloadCsv(`${accountId}-ledger.csv`, rows);
            setExporting(false);
          }}
        >
          {t('ledger.csv')}
        </ActionButton>
      }
    >
      <Card>
        <Filters key={search.toString()} features={overview.data?.features.map(({ feature }) => feature) ?? []} search={search} onChange={setSearch} />
        {entries.isError ? <Problem error={entries.error} retry={() => void entries.refetch()} /> : null}
        {filter.order === 'oldest' ? null : (
          <NewEntries
            key={search.toString()}
            shown={filtered ? null : (rows[0]?.seq ?? null)}
            head={overview.data?.seq ?? 0}
            loadedAt={entries.dataUpdatedAt}
            pending={entries.isRefetching && !entries.isFetchingNextPage}
            onShow={() => void entries.refetch()}
          />
        )}
        {entries.isPending ? <Skeleton lines={8} /> : null}
        {entries.isSuccess && rows.length === 0 ? (
          <Empty title={filtered ? t('ledger.noMatch') : t('ledger.none')}>{filtered ? t('ledger.noMatchWhat') : t('ledger.noneWhat')}</Empty>
        ) : null}
        {rows.length === 0 ? null : <Entries accountId={accountId} rows={rows} zone={zone} />}
        {entries.hasNextPage ? (
          <div className="row">
            <ActionButton pending={entries.isFetchingNextPage} onPress={() => void entries.fetchNextPage()}>
              {t('common.more')}
            </ActionButton>
          </div>
        ) : null}
      </Card>
    </Page>
  );
}

interface NewEntriesProps {
  /** The newest entry on the page; null: a filter is on, and newer ones may not pass it. */
  readonly shown: number | null;
  /** The newest entry that the last look at the account found. */
  readonly head: number;
  readonly loadedAt: number;
  readonly pending: boolean;
  readonly onShow: () => void;
}

/** A line of fixed height that says whether there is more by now: what came since is put on top when it is asked for. */
function NewEntries({ shown, head, loadedAt, pending, onShow }: NewEntriesProps) {
  const { t, count } = useLanguage();
  const newest = Math.max(head, useLive().seq ?? 0);
  const [atLoad, setAtLoad] = useState({ loadedAt, newest });
  if (atLoad.loadedAt !== loadedAt || (atLoad.newest === 0 && newest > 0)) setAtLoad({ loadedAt, newest });
  const upTo = shown ?? atLoad.newest;
  return (
    <div className="live-line no-print" role="group">
      {loadedAt > 0 && newest > upTo ? (
        <ActionButton pending={pending} onPress={onShow}>
          {t('live.newEntries')}
        </ActionButton>
      ) : (
        <span className="small muted">{newest === 0 ? '' : t('live.upToDate', { seq: count(newest) })}</span>
      )}
    </div>
  );
}

function Entries({ accountId, rows, zone }: { readonly accountId: string; readonly rows: readonly Entry[]; readonly zone: string }) {
  const { t, word, instant } = useLanguage();
  return (
    <Table
      label={t('ledger.title')}
      columns={[
        {
          name: t('ledger.entry'),
          cell: ({ seq, type }) => (
            <Link href={`/a/${encodeURIComponent(accountId)}/ledger/${String(seq)}`}>
              {word(`entryType.${type}`, type)} <span className="muted">{String(seq)}</span>
            </Link>
          ),
        },
        { name: t('ledger.recorded'), cell: ({ recordedAt }) => <span className="figure">{instant(recordedAt, zone)}</span> },
        { name: t('ledger.feature'), cell: ({ feature }) => (feature === null ? '–' : <bdi>{feature}</bdi>) },
        { name: t('ledger.credits'), figure: true, cell: (entry) => <Movement entry={entry} /> },
        { name: t('ledger.balance'), figure: true, cell: ({ balance }) => <Credits amount={balance.balance} /> },
      ]}
      rows={rows}
      keyOf={({ seq }) => seq}
    />
  );
}

/** With its sign, as the balance saw it: what a hold sets aside leaves the balance as it was. */
function Movement({ entry }: { readonly entry: Entry }) {
  const { t } = useLanguage();
  const { credits, unfunded } = entry;
  const sign = signOf(entry);
  return (
    <>
      {/[1-9]/.test(credits) ? (
        <bdi>
          {sign}
          <Credits amount={credits} />
        </bdi>
      ) : (
        <span className="muted">–</span>
      )}
      {unfunded === null ? null : (
        <div className="small">
          <span className="badge warn">
            {t('ledger.unfunded')} <Credits amount={unfunded} />
          </span>
        </div>
      )}
    </>
  );
}

function signOf({ postings }: Entry): string {
  const into = postings.some(({ from, to }) => (to === 'available' || to === 'held') && from !== 'available' && from !== 'held');
  const out = postings.some(({ from, to }) => (from === 'available' || from === 'held') && to !== 'available' && to !== 'held');
  return into === out ? '' : into ? '+' : '−';
}

