import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'wouter';
import type { components } from '../../../generated/api';
import { actsQuery } from '../../api/desk-queries';
import { useLanguage } from '../../i18n/locale';
import { Badge, Card, Empty } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { Loaded } from '../../ui/loaded';
import { Table } from '../../ui/table';
import { ActSheet } from './act-sheet';

export type Act = components['schemas']['PendingAct'];

/** Acts that one operator asked for and another one has to confirm. */
export function WaitingActs() {
  const { t, word, instant } = useLanguage();
  const acts = useQuery(actsQuery);
  const [open, setOpen] = useState<Act | null>(null);
  return (
    <Card title={t('acts.title')}>
      <p className="small muted">{t('acts.lead')}</p>
      <Loaded query={acts} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('acts.none')} />
          ) : (
            <Table
              stacked
              label={t('acts.title')}
              columns={[
                { name: t('acts.kind'), cell: ({ kind }) => <Badge tone="accent">{word(`act.${kind}`, kind)}</Badge> },
                {
                  name: t('entry.account'),
                  cell: ({ accountId }) => (
                    <Link href={`/a/${encodeURIComponent(accountId)}/standing`}>
                      <bdi>{accountId}</bdi>
                    </Link>
                  ),
                },
                { name: t('acts.askedAt'), cell: ({ requestedAt }) => <span className="figure">{instant(requestedAt)}</span> },
                { name: t('acts.expires'), cell: ({ expiresAt }) => <span className="figure">{instant(expiresAt)}</span> },
                {
                  name: t('common.action'),
                  cell: (act) => (
                    <ActionButton
                      onPress={() => {
                        setOpen(act);
                      }}
                    >
                      {t('acts.look')}
                    </ActionButton>
                  ),
                },
              ]}
              rows={items}
              keyOf={({ actId }) => actId}
            />
          )
        }
      </Loaded>
      {open === null ? null : (
        <ActSheet
          act={open}
          onClose={() => {
            setOpen(null);
          }}
        />
      )}
    </Card>
  );
}
