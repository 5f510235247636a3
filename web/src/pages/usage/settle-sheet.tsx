import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { answerOf, api } from '../../api/client';
import { useIntention } from '../../api/idempotency';
import { lotsQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { Banner, Empty, ExactCredits, Facts } from '../../ui/basics';
import { ActionButton, Choice, Sheet } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';
import type { Unfunded } from '../../api/types';

interface Props {
  readonly accountId: string;
  readonly usage: Unfunded;
  readonly onClose: () => void;
}

/** Settling is the licensee's own choice (P6): from which later lot, for which credits, is shown before it is confirmed. */
export function SettleSheet({ accountId, usage, onClose }: Props) {
  const { t, credits } = useLanguage();
  const lots = useInfiniteQuery(lotsQuery(accountId));
  const later = (lots.data?.pages.flatMap(({ items }) => items) ?? []).filter((lot) => lot.open && lot.kind === 'purchase' && lot.allocatedAt > usage.occurredAt);
  const [chosen, setChosen] = useState('');
  const lotId = chosen === '' ? String(later[0]?.lotId ?? '') : chosen;
  return (
    <Sheet title={t('settle.title', { seq: String(usage.seq) })} open onClose={onClose}>
      <p>{t('settle.lead')}</p>
      {lots.isSuccess && later.length === 0 ? <Empty title={t('settle.noLot')}>{t('settle.noLotWhat')}</Empty> : null}
      {later.length === 0 ? null : (
        <Choice
          label={t('settle.lot')}
          value={lotId}
          onChange={setChosen}
          options={later.map((lot) => [String(lot.lotId), t('settle.lotOption', { number: String(lot.lotId), left: credits(lot.available), rates: lot.rateVersion })])}
        />
      )}
      {lotId === '' ? null : <Quoted key={lotId} accountId={accountId} usage={usage} lotId={lotId} onClose={onClose} />}
    </Sheet>
  );
}

function Quoted({ accountId, usage, lotId, onClose }: Props & { readonly lotId: string }) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const path = { accountId, seq: String(usage.seq) };
  const quote = useQuery({
    queryKey: ['account', accountId, 'settlement', usage.seq, lotId],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/unfunded-usage/{seq}/settlement', { params: { path, query: { lotId } } })),
    retry: false,
  });
  const settle = useMutation({
    mutationFn: (credits: string) => answerOf(api.POST('/v1/accounts/{accountId}/unfunded-usage/{seq}/settlement', { params: { path, header }, body: { lotId, credits } })),
    onSuccess: async () => {
      onClose();
      await client.invalidateQueries({ queryKey: ['account', accountId] });
    },
  });
  return (
    <Loaded query={quote} lines={2}>
      {({ credits, rateVersion, unfunded }) => (
        <>
          <Facts
            facts={[
              [t('settle.takes'), <ExactCredits key="takes" amount={credits} />],
              [t('lots.rates'), <bdi key="rates">{rateVersion}</bdi>],
              [t('settle.was'), <ExactCredits key="was" amount={unfunded} />],
            ]}
          />
          <Banner tone="warn" title={t('settle.final')} />
          {settle.isError ? <Problem error={settle.error} /> : null}
          <div className="row end">
            <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
            <ActionButton
              look="primary"
              pending={settle.isPending}
              onPress={() => {
                settle.mutate(credits);
              }}
            >
              {t('settle.confirm')}
            </ActionButton>
          </div>
        </>
      )}
    </Loaded>
  );
}
