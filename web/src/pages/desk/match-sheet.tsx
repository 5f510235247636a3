import { useInfiniteQuery, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useDeferredValue, useState } from 'react';
import type { components } from '../../../generated/api';
import { answerOf, api } from '../../api/client';
import { accountsQuery } from '../../api/desk-queries';
import { useIntention } from '../../api/idempotency';
import { purchasesQuery } from '../../api/queries';
import type { Receipt } from '../../api/types';
import { useLanguage } from '../../i18n/locale';
import { Banner, Empty, ExactCredits, Facts } from '../../ui/basics';
import { ActionButton, Choice, Sheet, TextInput } from '../../ui/controls';
import { Loaded, Problem } from '../../ui/loaded';

type Purchase = components['schemas']['Purchase'];

interface Props {
  readonly receipt: Receipt;
  readonly onClose: () => void;
}

/** Matching takes two deliberate steps: choose what the money is for, then confirm just that. */
export function MatchSheet({ receipt, onClose }: Props) {
  const { t, money } = useLanguage();
  const [search, setSearch] = useState(receipt.accountId ?? '');
  const [chosen, setChosen] = useState<string | null>(receipt.accountId);
  const [purchase, setPurchase] = useState<Purchase | null>(null);
  const wanted = useDeferredValue(search.trim());
  const accounts = useInfiniteQuery({ ...accountsQuery(wanted), enabled: wanted !== '' });
  const found = accounts.data?.pages[0]?.items ?? [];
  const accountId = found.find((account) => account.accountId === chosen)?.accountId ?? found[0]?.accountId ?? null;
  if (purchase !== null && accountId !== null) {
    return <ConfirmMatch receipt={receipt} accountId={accountId} purchase={purchase} onBack={() => { setPurchase(null); }} onClose={onClose} />;
  }
  return (
    <Sheet title={t('match.title', { amount: money(receipt.amount, receipt.currency) })} open onClose={onClose}>
      <p className="small muted">{t('match.stepOne')}</p>
      <TextInput label={t('desk.search')} hint={t('desk.searchHint')} value={search} onChange={setSearch} />
      {accounts.isError ? <Problem error={accounts.error} /> : null}
      {wanted !== '' && accounts.isSuccess && found.length === 0 ? <Empty title={t('desk.noAccount')} /> : null}
      {accountId === null ? null : (
        <>
          <Choice
            label={t('entry.account')}
            value={accountId}
            onChange={setChosen}
            options={found.map((account) => [account.accountId, `${account.accountId} – ${account.legalName}`])}
          />
          <OwedPurchases key={accountId} accountId={accountId} suggested={receipt.purchaseId} onChoose={setPurchase} />
        </>
      )}
      <div className="row end">
        <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
      </div>
    </Sheet>
  );
}

/** Purchases of an account that money is still owed for. */
function OwedPurchases({ accountId, suggested, onChoose }: { readonly accountId: string; readonly suggested: string | null; readonly onChoose: (purchase: Purchase) => void }) {
  const { t, money, credits, instant } = useLanguage();
  const purchases = useQuery(purchasesQuery(accountId));
  return (
    <Loaded query={purchases} lines={2}>
      {({ items }) => {
        const owed = items.filter((purchase) => /[1-9]/.test(purchase.owed)).sort((a) => (a.purchaseId === suggested ? -1 : 0));
        if (owed.length === 0) return <Empty title={t('match.nothingOwed')}>{t('match.nothingOwedWhat')}</Empty>;
        return (
          <ul className="stack">
            {owed.map((purchase) => (
              <li key={purchase.purchaseId} className="choice">
                <div>
                  <strong>{t('match.owes', { owed: money(purchase.owed, purchase.currency), credits: credits(purchase.credits) })}</strong>
                  <p className="small muted">
                    <bdi className="mono">{purchase.purchaseId}</bdi> · {instant(purchase.purchasedAt)}
                  </p>
                </div>
                <ActionButton
                  onPress={() => {
                    onChoose(purchase);
                  }}
                >
                  {t('match.choose')}
                </ActionButton>
              </li>
            ))}
          </ul>
        );
      }}
    </Loaded>
  );
}

function ConfirmMatch({ receipt, accountId, purchase, onBack, onClose }: Props & { readonly accountId: string; readonly purchase: Purchase; readonly onBack: () => void }) {
  const { t, money } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const [reason, setReason] = useState('');
  const { provider, providerPaymentId, amount, currency } = receipt;
  const match = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/v1/payments/matches', {
          params: { header },
          body: { provider, providerPaymentId, accountId, purchaseId: purchase.purchaseId, reason: reason.trim() },
        }),
      ),
    onSuccess: () => Promise.all([client.invalidateQueries({ queryKey: ['desk'] }), client.invalidateQueries({ queryKey: ['account', accountId] })]),
  });
  if (match.data !== undefined) {
    const { payment } = match.data;
    return (
      <Sheet title={t('match.done')} open onClose={onClose}>
        <p>{payment.allocated ? t('match.allocated') : t('match.stillOwed', { owed: money(payment.owed, payment.currency) })}</p>
        {/[1-9]/.test(payment.excess) ? <Banner tone="warn" title={t('match.excess', { excess: money(payment.excess, payment.currency) })} /> : null}
        <div className="row end">
          <ActionButton look="primary" onPress={onClose}>
            {t('common.done')}
          </ActionButton>
        </div>
      </Sheet>
    );
  }
  const exact = amount === purchase.owed && currency === purchase.currency;
  return (
    <Sheet title={t('match.confirmTitle')} open onClose={onClose}>
      <Facts
        facts={[
          [t('unbooked.payment'), <bdi key="payment" className="mono">{`${provider} ${providerPaymentId}`}</bdi>],
          [t('unbooked.amount'), money(amount, currency)],
          [t('entry.account'), <bdi key="account">{accountId}</bdi>],
          [t('papers.purchase'), <bdi key="purchase" className="mono">{purchase.purchaseId}</bdi>],
          [t('purchases.owed'), money(purchase.owed, purchase.currency)],
          [t('papers.credits'), <ExactCredits key="credits" amount={purchase.credits} />],
        ]}
      />
      {exact ? <Banner tone="good" title={t('match.exact')} /> : <Banner tone="warn" title={t('match.differs')}>{t('match.differsWhat')}</Banner>}
      <form
        className="form"
        onSubmit={(event) => {
          event.preventDefault();
          match.mutate();
        }}
      >
        <TextInput label={t('match.reason')} hint={t('keys.labelHint')} required value={reason} onChange={setReason} />
        {match.isError ? <Problem error={match.error} /> : null}
        <div className="row end">
          <ActionButton onPress={onBack}>{t('common.back')}</ActionButton>
          <ActionButton submit look="primary" pending={match.isPending} disabled={reason.trim() === ''}>
            {t('match.confirm')}
          </ActionButton>
        </div>
      </form>
    </Sheet>
  );
}
