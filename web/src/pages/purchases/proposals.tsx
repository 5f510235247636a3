import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { components } from '../../../generated/api';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import { proposalsQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Card, Skeleton } from '../../ui/basics';
import { ActionButton, Sheet } from '../../ui/controls';
import { Problem } from '../../ui/loaded';
import { askQuote, QuoteFacts } from './buy-sheet';

type Proposal = components['schemas']['PurchaseProposal'];

/** Drafts that a replenishment rule prepared. They cost nothing until an admin confirms one (P6). */
export function Proposals({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const proposals = useQuery(proposalsQuery(accountId));
  const drafts = proposals.data?.items.filter(({ state }) => state === 'draft') ?? [];
  if (drafts.length === 0) return null;
  return (
    <Card title={t('proposals.title')}>
      <p className="small muted">{t('proposals.lead')}</p>
      {drafts.map((proposal) => (
        <Draft key={proposal.proposalId} proposal={proposal} accountId={accountId} />
      ))}
    </Card>
  );
}

function Draft({ proposal, accountId }: { readonly proposal: Proposal; readonly accountId: string }) {
  const { t, credits, instant } = useLanguage();
  const may = useMay();
  const client = useQueryClient();
  const { header } = useIntention();
  const [confirming, setConfirming] = useState(false);
  const params = { path: { accountId, proposalId: proposal.proposalId }, header };
  const done = { onSuccess: () => client.invalidateQueries({ queryKey: ['account', accountId] }) };
  const discard = useMutation({ mutationFn: () => answerOf(api.POST('/v1/accounts/{accountId}/proposals/{proposalId}/discard', { params, body: {} })), ...done });
  return (
    <div className="card-head">
      <p>
        {t('proposals.draft', { credits: credits(proposal.credits), balance: credits(proposal.balance) })}{' '}
        <span className="small muted">{instant(proposal.createdAt)}</span>
      </p>
      {may.buy ? (
        <div className="row">
          <ActionButton
            look="primary"
            onPress={() => {
              setConfirming(true);
            }}
          >
            {t('proposals.look')}
          </ActionButton>
          <ActionButton
            pending={discard.isPending}
            onPress={() => {
              discard.mutate();
            }}
          >
            {t('proposals.discard')}
          </ActionButton>
        </div>
      ) : null}
      {discard.isError ? <Problem error={discard.error} /> : null}
      {confirming ? (
        <ConfirmProposal
          proposal={proposal}
          accountId={accountId}
          onClose={() => {
            setConfirming(false);
          }}
        />
      ) : null}
    </div>
  );
}

function ConfirmProposal({ proposal, accountId, onClose }: { readonly proposal: Proposal; readonly accountId: string; readonly onClose: () => void }) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const quote = useQuery({
    queryKey: ['account', accountId, 'proposal-quote', proposal.proposalId],
    queryFn: () => askQuote(accountId, proposal.credits),
    staleTime: Infinity,
  });
  const confirm = useMutation({
    mutationFn: () => answerOf(api.POST('/v1/accounts/{accountId}/proposals/{proposalId}/confirm', { params: { path: { accountId, proposalId: proposal.proposalId }, header }, body: {} })),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['account', accountId] });
    },
  });
  return (
    <Sheet title={t('buy.confirmTitle')} open onClose={onClose}>
      {quote.isError ? <Problem error={quote.error} /> : null}
      {quote.data === undefined ? <Skeleton lines={3} /> : <QuoteFacts quote={quote.data} />}
      <p>{t('buy.finalWhat')}</p>
      {confirm.isError ? <Problem error={confirm.error} /> : null}
      <div className="row end">
        <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
        <ActionButton
          look="primary"
          disabled={quote.data === undefined}
          pending={confirm.isPending}
          onPress={() => {
            confirm.mutate();
          }}
        >
          {t('buy.confirm')}
        </ActionButton>
      </div>
    </Sheet>
  );
}
