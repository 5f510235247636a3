import { useInfiniteQuery, useQuery } from '@tanstack/react-query';
import { Link } from 'wouter';
import { actsOnRecordQuery } from '../../api/desk-queries';
import { entriesQuery } from '../../api/entries';
import { orderFormsQuery, overviewQuery } from '../../api/queries';
import type { Entry, Overview } from '../../api/types';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Badge, Card, Credits, Empty, Facts, Page, Skeleton } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';
import { Table } from '../../ui/table';
import { STATUS_TONES } from '../overview/status';
import { OperatorCard } from './operator-card';

/** For operators and finance: how an account stands and why, how it came to that, and what people did to it. */
export function StandingPage({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const may = useMay();
  const overview = useQuery(overviewQuery(accountId));
  return (
    <Page title={t('standing.title')} lead={t('standing.lead')}>
      <Loaded query={overview}>
        {(data) => (
          <>
            <StateCard overview={data} />
            {may.operate ? <OperatorCard overview={data} /> : null}
            <HistoryCard accountId={accountId} zone={data.timeZone} />
            <ActsOnRecordCard accountId={accountId} zone={data.timeZone} />
          </>
        )}
      </Loaded>
    </Page>
  );
}

function StateCard({ overview }: { readonly overview: Overview }) {
  const { t, word, instant, date } = useLanguage();
  const { status, reasons, since, suspension, balance, term, licensee, timeZone } = overview;
  const forms = useQuery(orderFormsQuery(overview.accountId));
  const numbers = (forms.data?.items ?? []).map(({ document }) => document['number']).filter((number) => typeof number === 'string');
  return (
    <Card title={t('standing.state')} aside={<Badge tone={STATUS_TONES[status]}>{t(`status.${status}`)}</Badge>}>
      <Facts
        facts={[
          [t('desk.licensee'), <span key="licensee"><bdi className="name">{licensee.legalName}</bdi> <bdi className="mono small">{licensee.licenseeId}</bdi></span>],
          [t('standing.since'), since === null ? '–' : instant(since, timeZone)],
          [t('standing.reasons'), reasons.length === 0 ? t('standing.noReason') : reasons.map((reason) => word(`reason.${reason}`, reason)).join(', ')],
          [t('ledger.balance'), <Credits key="balance" amount={balance.balance} />],
          [t('papers.term'), term === null ? '–' : t('papers.termRange', { from: date(term.from), through: date(term.through) })],
          [t('forms.title'), <bdi key="forms" className="name">{numbers.join(', ') || '–'}</bdi>],
          ...(suspension === null
            ? []
            : ([
                [t('operator.reason'), <bdi key="reason">{suspension.reason}</bdi>],
                [t('operator.clause'), <bdi key="clause">{suspension.reference}</bdi>],
              ] as const)),
        ]}
      />
    </Card>
  );
}

function HistoryCard({ accountId, zone }: { readonly accountId: string; readonly zone: string }) {
  const { t, word, instant } = useLanguage();
  const entries = useInfiniteQuery(entriesQuery(accountId, { type: 'status' }));
  const rows = entries.data?.pages.flatMap(({ items }) => items) ?? [];
  return (
    <Card title={t('standing.history')}>
      {entries.isError ? <Problem error={entries.error} retry={() => void entries.refetch()} /> : null}
      {entries.isPending ? <Skeleton lines={3} /> : null}
      {entries.isSuccess && rows.length === 0 ? <Empty title={t('standing.noHistory')} /> : null}
      {rows.length === 0 ? null : (
        <Table
          stacked
          label={t('standing.history')}
          columns={[
            {
              name: t('ledger.entry'),
              cell: ({ seq }) => <Link href={`/a/${encodeURIComponent(accountId)}/ledger/${String(seq)}`}>{String(seq)}</Link>,
            },
            { name: t('ledger.recorded'), cell: ({ recordedAt }) => <span className="figure">{instant(recordedAt, zone)}</span> },
            { name: t('standing.became'), cell: (entry) => <Became entry={entry} /> },
            { name: t('standing.reasons'), cell: ({ detail }) => <bdi className="name">{whyOf(detail, (reason) => word(`reason.${reason}`, reason))}</bdi> },
            { name: t('entry.actor'), cell: ({ actor }) => <code className="small">{actor === 'sys' ? t('standing.service') : actor}</code> },
          ]}
          rows={rows}
          keyOf={({ seq }) => seq}
        />
      )}
      {entries.hasNextPage ? (
        <div>
          <ActionButton pending={entries.isFetchingNextPage} onPress={() => void entries.fetchNextPage()}>
            {t('common.more')}
          </ActionButton>
        </div>
      ) : null}
    </Card>
  );
}

function Became({ entry: { detail } }: { readonly entry: Entry }) {
  const { word } = useLanguage();
  const to = typeof detail['to'] === 'string' ? detail['to'] : '';
  return <Badge tone={STATUS_TONES[to as keyof typeof STATUS_TONES]}>{word(`status.${to}`, to)}</Badge>;
}

/** In the operator's own words where there are any, else what stands against use. */
function whyOf(detail: Entry['detail'], name: (reason: string) => string): string {
  if (typeof detail['reason'] === 'string') return detail['reason'];
  return Array.isArray(detail['reasons']) ? detail['reasons'].map((reason) => name(String(reason))).join(', ') || '–' : '–';
}

function ActsOnRecordCard({ accountId, zone }: { readonly accountId: string; readonly zone: string }) {
  const { t, word, instant } = useLanguage();
  const acts = useQuery(actsOnRecordQuery(accountId));
  return (
    <Card title={t('standing.acts')}>
      <p className="small muted">{t('standing.actsWhat')}</p>
      <Loaded query={acts} lines={3}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('standing.noActs')} />
          ) : (
            <Table
              stacked
              label={t('standing.acts')}
              columns={[
                { name: t('ledger.recorded'), cell: ({ recordedAt }) => <span className="figure">{instant(recordedAt, zone)}</span> },
                { name: t('standing.act'), cell: ({ kind }) => <bdi className="mono small">{kind}</bdi> },
                { name: t('standing.outcome'), cell: ({ outcome, code }) => <Badge tone={outcome === 'refused' ? 'bad' : 'plain'}>{word(`actOutcome.${outcome}`, outcome)}{code === null ? '' : ` (${code})`}</Badge> },
                { name: t('entry.actor'), cell: ({ actor }) => <code className="small">{actor}</code> },
              ]}
              rows={items}
              keyOf={({ seq }) => seq}
            />
          )
        }
      </Loaded>
    </Card>
  );
}
