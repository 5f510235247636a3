import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { components } from '../../../generated/api';
import { unbookedQuery } from '../../api/desk-queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Card, Empty } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Loaded } from '../../ui/loaded';
import { Table, type Column } from '../../ui/table';
import { MatchSheet } from './match-sheet';

export type Receipt = components['schemas']['Receipt'];

/** Money that came in and that no account has booked, oldest first. */
export function UnbookedCard() {
  const { t, instant, money } = useLanguage();
  const may = useMay();
  const unbooked = useQuery(unbookedQuery);
  const [open, setOpen] = useState<Receipt | null>(null);
  const columns: Column<Receipt>[] = [
    { name: t('unbooked.received'), cell: ({ receivedAt }) => <span className="figure">{instant(receivedAt)}</span> },
    { name: t('unbooked.payment'), cell: ({ provider, providerPaymentId }) => <bdi className="mono">{`${provider} ${providerPaymentId}`}</bdi> },
    { name: t('unbooked.said'), cell: ({ accountId, purchaseId }) => <bdi className="mono small">{[accountId, purchaseId].filter((id) => id !== null).join(' ') || '–'}</bdi> },
    { name: t('unbooked.amount'), figure: true, cell: ({ amount, currency }) => money(amount, currency) },
  ];
  const action: Column<Receipt> = {
    name: t('common.action'),
    cell: (receipt) => (
      <ActionButton
        onPress={() => {
          setOpen(receipt);
        }}
      >
        {t('match.match')}
      </ActionButton>
    ),
  };
  return (
    <Card title={t('unbooked.title')}>
      <p className="small muted">{t('unbooked.lead')}</p>
      <Loaded query={unbooked} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('unbooked.none')}>{t('unbooked.noneWhat')}</Empty>
          ) : (
            <Table
              stacked
              label={t('unbooked.title')}
              columns={may.book ? [...columns, action] : columns}
              rows={items}
              keyOf={({ provider, providerPaymentId }) => `${provider}/${providerPaymentId}`}
            />
          )
        }
      </Loaded>
      {open === null ? null : (
        <MatchSheet
          receipt={open}
          onClose={() => {
            setOpen(null);
          }}
        />
      )}
    </Card>
  );
}
