import { useQuery } from '@tanstack/react-query';
import { Link, useSearchParams } from 'wouter';
import type { components } from '../../../generated/api';
import { cardVersionsQuery, noticesOfVersionQuery, rateCardsQuery } from '../../api/desk-queries';
import { useLanguage } from '../../i18n/locale';
import { Badge, Card, Empty, Page, type Tone } from '../../ui/basics';
import { Choice } from '../../ui/controls';
import { Loaded } from '../../ui/loaded';
import { Table } from '../../ui/table';

type Version = components['schemas']['RateVersion'];
type NoticeFor = components['schemas']['NoticesOfVersion']['items'][number];

const VERSION_TONES: Readonly<Record<Version['state'], Tone>> = { draft: 'plain', published: 'good', withdrawn: 'bad' };
const NOTICE_TONES: Readonly<Record<NoticeFor['standing'], Tone>> = { 'not-told': 'bad', told: 'warn', 'came-back': 'bad', delivered: 'good', withdrawn: 'plain' };

/** Rate versions, and how far the notice of each has come for every account that it concerns (P2). Which one stands in the address. */
export function RatesPage() {
  const { t } = useLanguage();
  const [search, setSearch] = useSearchParams();
  const cards = useQuery(rateCardsQuery);
  const named = search.get('card');
  return (
    <Page title={t('deskRates.title')} lead={t('deskRates.lead')}>
      <Loaded query={cards}>
        {({ items }) => {
          const card = items.find(({ cardId }) => cardId === named) ?? items[0];
          if (card === undefined) return <Empty title={t('deskRates.noCard')} />;
          return (
            <>
              <Card title={t('deskRates.versions')}>
                <div className="form">
                  <Choice
                    label={t('deskRates.card')}
                    value={card.cardId}
                    onChange={(cardId) => {
                      setSearch({ card: cardId }, { replace: true });
                    }}
                    options={items.map(({ cardId, name }) => [cardId, `${name} (${cardId})`])}
                  />
                </div>
                <Versions cardId={card.cardId} />
              </Card>
              <NoticesOfVersion key={card.cardId} cardId={card.cardId} latest={card.versions.at(-1) ?? null} />
            </>
          );
        }}
      </Loaded>
    </Page>
  );
}

function Versions({ cardId }: { readonly cardId: string }) {
  const { t, date, instant } = useLanguage();
  const versions = useQuery(cardVersionsQuery(cardId));
  return (
    <Loaded query={versions} lines={3}>
      {({ items }) => (
        <Table
          stacked
          label={t('deskRates.versions')}
          columns={[
            { name: t('rates.version'), cell: ({ version }) => <Link href={`/desk/rates?card=${encodeURIComponent(cardId)}&version=${String(version)}`}>{String(version)}</Link> },
            { name: t('purchases.state'), cell: ({ state }) => <Badge tone={VERSION_TONES[state]}>{t(`versionState.${state}`)}</Badge> },
            { name: t('notices.effective'), cell: ({ effectiveDate }) => <span className="figure">{date(effectiveDate)}</span> },
            { name: t('deskRates.published'), cell: ({ publishedAt }) => <span className="figure">{publishedAt === null ? '–' : instant(publishedAt)}</span> },
            { name: t('rates.feature'), cell: ({ features }) => <bdi className="name">{features.map(({ feature }) => feature).join(', ')}</bdi> },
          ]}
          rows={[...items].reverse()}
          keyOf={({ version }) => version}
        />
      )}
    </Loaded>
  );
}

function NoticesOfVersion({ cardId, latest }: { readonly cardId: string; readonly latest: number | null }) {
  const { t, date, count } = useLanguage();
  const [search] = useSearchParams();
  const version = search.get('version') ?? String(latest ?? '');
  const notices = useQuery(noticesOfVersionQuery(cardId, version));
  if (version === '') return null;
  return (
    <Card title={t('deskRates.noticesOf', { version })}>
      <Loaded query={notices} lines={3}>
        {({ counts, items }) =>
          items.length === 0 ? (
            <Empty title={t('deskRates.nobody')}>{t('deskRates.nobodyWhat')}</Empty>
          ) : (
            <>
              <p>{t('deskRates.counts', { accounts: count(counts.accounts), told: count(counts.told), delivered: count(counts.delivered) })}</p>
              <Table
                stacked
                label={t('deskRates.noticesOf', { version })}
                columns={[
                  {
                    name: t('entry.account'),
                    cell: ({ accountId }) => (
                      <Link href={`/a/${encodeURIComponent(accountId)}/notices`}>
                        <bdi>{accountId}</bdi>
                      </Link>
                    ),
                  },
                  { name: t('desk.licensee'), cell: ({ legalName }) => <bdi className="name">{legalName}</bdi> },
                  { name: t('purchases.state'), cell: ({ standing }) => <Badge tone={NOTICE_TONES[standing]}>{t(`noticeStanding.${standing}`)}</Badge> },
                  { name: t('notices.announced'), cell: ({ announcedOn }) => <span className="figure">{announcedOn === null ? '–' : date(announcedOn)}</span> },
                  { name: t('notices.deliveredOn'), cell: ({ deliveredOn }) => <span className="figure">{deliveredOn === null ? '–' : date(deliveredOn)}</span> },
                  { name: t('notices.reaches'), cell: ({ reachesPurchasesFrom }) => <span className="figure">{reachesPurchasesFrom === null ? '–' : date(reachesPurchasesFrom)}</span> },
                ]}
                rows={items}
                keyOf={({ accountId }) => accountId}
              />
            </>
          )
        }
      </Loaded>
    </Card>
  );
}
