import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import { periodsQuery, statementQuery, type Period } from '../../api/book-queries';
import { useLanguage } from '../../i18n/locale';
import { Badge, Card, Credits, Empty, Page } from '../../ui/basics';
import { Choice } from '../../ui/controls';
import { Download } from '../../ui/download';
import { Loaded } from '../../ui/loaded';
import { StatementLines } from './statement-lines';
import { StatementTables } from './statement-tables';

const OPEN = 'open';
const FORMATS = ['pdf', 'xlsx', 'csv', 'json'] as const;

/** The closed record of each period, and the open one as it stands. Which period is shown stands in the address. */
export function StatementsPage({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const periods = useQuery(periodsQuery(accountId));
  return (
    <Page title={t('statements.title')} lead={t('statements.lead')}>
      <Loaded query={periods} lines={8}>
        {({ items }) =>
          items.every(({ from }) => from === null) ? (
            <Card>
              <Empty title={t('statements.none')}>{t('statements.noneWhat')}</Empty>
            </Card>
          ) : (
            <Periods accountId={accountId} periods={items} />
          )
        }
      </Loaded>
    </Page>
  );
}

function Periods({ accountId, periods }: { readonly accountId: string; readonly periods: readonly Period[] }) {
  const { t, date } = useLanguage();
  const [search, setSearch] = useSearchParams();
  const closed = periods.filter(({ through }) => through !== null);
  const asked = search.get('period') ?? '';
  const through = asked === OPEN || closed.some((period) => period.through === asked) ? asked : (closed.at(-1)?.through ?? OPEN);
  const nameOf = ({ from, through: last }: Period): string =>
    last === null ? t('statements.openFrom', { from: date(from ?? '') }) : t('papers.termRange', { from: date(from ?? ''), through: date(last) });
  return (
    <>
      <Card title={t('statements.period')}>
        <div className="form">
          <Choice
            label={t('statements.choose')}
            value={through}
            onChange={(period) => {
              setSearch({ period });
            }}
            options={[...periods].reverse().map((period) => [period.through ?? OPEN, nameOf(period)])}
          />
        </div>
        <Downloads accountId={accountId} through={through} />
      </Card>
      <StatementOf key={through} accountId={accountId} through={through} />
      <Card title={t('statements.exports')}>
        <p className="small muted">{t('statements.exportsLead')}</p>
        <div className="row">
          {(['movements', 'focus'] as const).map((what) =>
            (['csv', 'xlsx'] as const).map((format) => (
              <Download key={`${what}-${format}`} path={`/v1/accounts/${encodeURIComponent(accountId)}/${what}?format=${format}`} name={`${what}-${accountId}.${format}`}>
                {t(`statements.${what}`)} ({format.toUpperCase()})
              </Download>
            )),
          )}
        </div>
      </Card>
    </>
  );
}

function Downloads({ accountId, through }: { readonly accountId: string; readonly through: string }) {
  const { t } = useLanguage();
  return (
    <div className="row no-print" role="group" aria-label={t('statements.downloads')}>
      {FORMATS.map((format) => (
        <Download key={format} path={`/v1/accounts/${encodeURIComponent(accountId)}/statements/${through}?format=${format}`} name={`statement-${accountId}-${through}.${format}`}>
          {format.toUpperCase()}
        </Download>
      ))}
    </div>
  );
}

function StatementOf({ accountId, through }: { readonly accountId: string; readonly through: string }) {
  const { t, instant, count } = useLanguage();
  const periods = useQuery(periodsQuery(accountId));
  const statement = useQuery(statementQuery(accountId, through));
  const closedAt = periods.data?.items.find((period) => period.through === through)?.closedAt ?? null;
  const base = `/a/${encodeURIComponent(accountId)}`;
  return (
    <Loaded query={statement} lines={10}>
      {(data) => (
        <>
          <Card
            title={t('statements.figures')}
            aside={
              data.period.state === 'open' ? (
                <Badge tone="warn">{t('statements.provisional')}</Badge>
              ) : (
                <Badge tone="good">{closedAt === null ? t('statements.closed') : t('statements.closedAt', { at: instant(closedAt, data.period.timeZone) })}</Badge>
              )
            }
          >
            <StatementLines statement={data} />
            <p className="small muted">
              {t(data.period.state === 'open' ? 'statements.openWhat' : 'statements.closedWhat')} {t('statements.upTo')}{' '}
              <Link href={`${base}/ledger/${String(data.period.seq)}`}>{t('entry.number', { seq: String(data.period.seq) })}</Link>.
            </p>
            {data.lateEntries === 0 ? null : <p className="small muted">{t('statements.late', { count: count(data.lateEntries) })}</p>}
            {/[1-9]/.test(data.unfunded) ? (
              <p>
                {t('statements.unfunded')} <Credits amount={data.unfunded} />. <Link href={`${base}/usage`}>{t('statements.seeUnfunded')}</Link>
              </p>
            ) : null}
          </Card>
          <StatementTables statement={data} base={base} />
        </>
      )}
    </Loaded>
  );
}
