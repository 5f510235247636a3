import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { components } from '../../../generated/api';
import { purchasesQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Badge, Card, Credits, Empty, Page, type Tone } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Loaded } from '../../ui/loaded';
import { Table } from '../../ui/table';
import { BuySheet } from './buy-sheet';
import { OrderForms } from './order-forms';
import { Proposals } from './proposals';
import { RulesCard } from './rules-card';

type Purchase = components['schemas']['Purchase'];

const TONES: Readonly<Record<Purchase['state'], Tone>> = {
  awaiting_payment: 'accent',
  partially_paid: 'accent',
  allocated: 'good',
  overdue: 'bad',
  lapsed: 'plain',
  voided: 'plain',
};

export function PurchasesPage({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const may = useMay();
  const [buying, setBuying] = useState(false);
  const purchases = useQuery(purchasesQuery(accountId));
  return (
    <Page
      title={t('purchases.title')}
      lead={t('purchases.lead')}
      actions={
        may.buy ? (
          <ActionButton
            look="primary"
            onPress={() => {
              setBuying(true);
            }}
          >
            {t('overview.buy')}
          </ActionButton>
        ) : undefined
      }
    >
      {buying ? (
        <BuySheet
          accountId={accountId}
          onClose={() => {
            setBuying(false);
          }}
        />
      ) : null}
      <Proposals accountId={accountId} />
      <Card title={t('purchases.placed')}>
        <Loaded query={purchases}>
          {({ items }) => (items.length === 0 ? <Empty title={t('purchases.none')}>{t('purchases.noneWhat')}</Empty> : <Placed items={items} accountId={accountId} />)}
        </Loaded>
      </Card>
      <RulesCard accountId={accountId} />
      <OrderForms accountId={accountId} />
    </Page>
  );
}

function Placed({ items, accountId }: { readonly items: readonly Purchase[]; readonly accountId: string }) {
  const { t, instant, money } = useLanguage();
  return (
    <Table
      label={t('purchases.placed')}
      columns={[
        { name: t('papers.purchased'), cell: ({ purchasedAt }) => <span className="figure">{instant(purchasedAt)}</span> },
        { name: t('purchases.state'), cell: (purchase) => <State purchase={purchase} accountId={accountId} /> },
        { name: t('papers.credits'), figure: true, cell: ({ credits }) => <Credits amount={credits} /> },
        { name: t('papers.price'), figure: true, cell: ({ price, currency }) => money(price, currency) },
        { name: t('papers.tax'), figure: true, cell: ({ tax, currency }) => money(tax, currency) },
        { name: t('purchases.owed'), figure: true, cell: ({ owed, currency }) => money(owed, currency) },
        { name: t('lots.rates'), cell: ({ rateVersion }) => <bdi>{rateVersion}</bdi> },
      ]}
      rows={[...items].reverse()}
      keyOf={({ purchaseId }) => purchaseId}
    />
  );
}

/** Until when it waits for money, or with which payment its credits came. */
function State({ purchase, accountId }: { readonly purchase: Purchase; readonly accountId: string }) {
  const { t, instant } = useLanguage();
  const paid = purchase.payments.at(-1);
  const waits = purchase.state === 'awaiting_payment' || purchase.state === 'partially_paid';
  return (
    <>
      <Badge tone={TONES[purchase.state]}>{t(`purchaseState.${purchase.state}`)}</Badge>
      {waits ? <div className="small muted">{t('purchases.due', { due: instant(purchase.paymentDueAt) })}</div> : null}
      {paid === undefined ? null : (
        <div className="small">
          <Link href={`/a/${encodeURIComponent(accountId)}/ledger/${String(paid.seq)}`}>{t('purchases.paid')}</Link>
        </div>
      )}
    </>
  );
}
