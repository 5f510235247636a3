import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useSearchParams } from 'wouter';
import type { components } from '../../../generated/api';
import { breaksQuery } from '../../api/desk-queries';
import { useLanguage } from '../../i18n/locale';
import { Badge, Card, Empty } from '../../ui/basics';
import { ActionButton, Choice } from '../../ui/controls';
import { Loaded } from '../../ui/loaded';
import { Table } from '../../ui/table';
import { BreakSheet } from './break-sheet';

export type Break = components['schemas']['Break'];

const OLD_DAYS = 7;

/** Differences that reconciliation or a booking found, the oldest first. Which ones stands in the address. */
export function BreaksCard() {
  const { t, count } = useLanguage();
  const [search, setSearch] = useSearchParams();
  const state = search.get('breaks') === 'resolved' ? 'resolved' : 'open';
  const breaks = useQuery(breaksQuery(state));
  const [open, setOpen] = useState<string | null>(null);
  return (
    <Card title={t('breaks.title')}>
      <div className="filters">
        <Choice
          label={t('breaks.which')}
          value={state}
          onChange={(wanted) => {
            setSearch(wanted === 'open' ? {} : { breaks: wanted }, { replace: true });
          }}
          options={[
            ['open', t('breaks.open')],
            ['resolved', t('breaks.resolved')],
          ]}
        />
      </div>
      <Loaded query={breaks} lines={2}>
        {({ items }) => {
          if (items.length === 0) return <Empty title={t(state === 'open' ? 'breaks.none' : 'breaks.noneResolved')}>{t('breaks.noneWhat')}</Empty>;
          const old = items.filter(({ ageDays }) => ageDays > OLD_DAYS).length;
          const chosen = items.find(({ breakId }) => breakId === open);
          return (
            <>
              {state === 'open' && old > 0 ? <p className="small">{t('breaks.old', { count: count(old) })}</p> : null}
              <BreaksTable rows={items} onOpen={setOpen} />
              {chosen === undefined ? null : (
                <BreakSheet
                  found={chosen}
                  onClose={() => {
                    setOpen(null);
                  }}
                />
              )}
            </>
          );
        }}
      </Loaded>
    </Card>
  );
}

export function BreaksTable({ rows, onOpen }: { readonly rows: readonly Break[]; readonly onOpen: (breakId: string) => void }) {
  const { t, word, days } = useLanguage();
  return (
    <Table
      stacked
      label={t('breaks.title')}
      columns={[
        { name: t('breaks.kind'), cell: ({ kind, ageDays, resolved }) => <Badge tone={resolved !== null ? 'good' : ageDays > OLD_DAYS ? 'bad' : 'warn'}>{word(`break.${kind}`, kind)}</Badge> },
        { name: t('breaks.age'), figure: true, cell: ({ ageDays }) => days(ageDays) },
        { name: t('entry.account'), cell: ({ accountId, seq }) => <Where accountId={accountId} seq={seq} /> },
        { name: t('unbooked.amount'), figure: true, cell: (found) => <InQuestion found={found} /> },
        { name: t('breaks.owner'), cell: ({ owner }) => <bdi className="name">{owner}</bdi> },
        {
          name: t('common.action'),
          cell: ({ breakId }) => (
            <ActionButton
              onPress={() => {
                onOpen(breakId);
              }}
            >
              {t('breaks.look')}
            </ActionButton>
          ),
        },
      ]}
      rows={rows}
      keyOf={({ breakId }) => breakId}
    />
  );
}

function Where({ accountId, seq }: { readonly accountId: string | null; readonly seq: number | null }) {
  if (accountId === null) return '–';
  return (
    <Link href={`/a/${encodeURIComponent(accountId)}${seq === null ? '/standing' : `/ledger/${String(seq)}`}`}>
      <bdi>{accountId}</bdi>
    </Link>
  );
}

export function InQuestion({ found: { amount, currency, credits } }: { readonly found: Break }) {
  const { money, exact } = useLanguage();
  if (amount !== null && currency !== null) return money(amount, currency);
  return credits === null ? '–' : exact(credits);
}
