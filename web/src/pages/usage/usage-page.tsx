import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { Unfunded } from '../../api/types';
import { unfundedQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Badge, Card, Credits, Empty, Page, type Tone } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Loaded } from '../../ui/loaded';
import { Table } from '../../ui/table';
import { SettleSheet } from './settle-sheet';
import { UsageReport } from './usage-report';

const TONES: Readonly<Record<Unfunded['state'], Tone>> = { open: 'warn', settled: 'good', waived: 'plain', reversed: 'plain' };

export function UsagePage({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const unfunded = useQuery(unfundedQuery(accountId));
  return (
    <Page title={t('usage.title')} lead={t('usage.lead')}>
      <UsageReport accountId={accountId} />
      <Card title={t('unfunded.title')}>
        <p className="small muted">{t('unfunded.lead')}</p>
        <Loaded query={unfunded}>
          {({ items }) => (items.length === 0 ? <Empty title={t('unfunded.none')}>{t('unfunded.noneWhat')}</Empty> : <UnfundedTable items={items} accountId={accountId} />)}
        </Loaded>
      </Card>
    </Page>
  );
}

function UnfundedTable({ items, accountId }: { readonly items: readonly Unfunded[]; readonly accountId: string }) {
  const { t, instant, exact } = useLanguage();
  const may = useMay();
  const [settling, setSettling] = useState<Unfunded | null>(null);
  return (
    <>
      {settling === null ? null : (
        <SettleSheet
          accountId={accountId}
          usage={settling}
          onClose={() => {
            setSettling(null);
          }}
        />
      )}
      <Table
        label={t('unfunded.title')}
        columns={[
          { name: t('ledger.entry'), cell: ({ seq }) => <Link href={`/a/${encodeURIComponent(accountId)}/ledger/${String(seq)}`}>{t('entry.number', { seq: String(seq) })}</Link> },
          { name: t('entry.occurred'), cell: ({ occurredAt }) => <span className="figure">{instant(occurredAt)}</span> },
          { name: t('ledger.feature'), cell: ({ feature }) => <bdi>{feature}</bdi> },
          {
            name: t('entry.usage'),
            cell: ({ usage }) =>
              Object.entries(usage).map(([meter, quantity]) => (
                <div key={meter}>
                  <bdi>{meter}</bdi> {exact(quantity)}
                </div>
              )),
          },
          { name: t('unfunded.open'), figure: true, cell: ({ openCredits }) => <Credits amount={openCredits} /> },
          { name: t('purchases.state'), cell: ({ state }) => <Badge tone={TONES[state]}>{t(`unfundedState.${state}`)}</Badge> },
          ...(may.buy
            ? [
                {
                  name: t('common.action'),
                  cell: (usage: Unfunded) =>
                    usage.state === 'open' ? (
                      <ActionButton
                        look="plain"
                        onPress={() => {
                          setSettling(usage);
                        }}
                      >
                        {t('unfunded.settle')}
                      </ActionButton>
                    ) : null,
                },
              ]
            : []),
        ]}
        rows={items}
        keyOf={({ seq }) => seq}
      />
    </>
  );
}
