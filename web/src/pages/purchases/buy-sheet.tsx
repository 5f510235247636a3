import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState, type SubmitEvent } from 'react';
import type { components } from '../../../generated/api';
import { answerOf, api } from '../../api/client';
import { newKey, useIntention } from '../../api/idempotency';
import { problemOf } from '../../api/problem';
import { useLanguage } from '../../i18n/locale';
import { Banner, ExactCredits, Facts } from '../../ui/basics';
import { ActionButton, Sheet, TextInput } from '../../ui/controls';
import { Problem } from '../../ui/loaded';

export type Quote = components['schemas']['PurchaseQuote'];

interface Props {
  readonly accountId: string;
  readonly onClose: () => void;
}

/**
 * Buying takes two deliberate steps: a quote that changes nothing, and a confirmation of just what it said. At other terms the
 * service refuses.
 */
export function BuySheet({ accountId, onClose }: Props) {
  const { t } = useLanguage();
  const [credits, setCredits] = useState('');
  const quote = useMutation({ mutationFn: (wanted: string) => askQuote(accountId, wanted) });
  const ask = (event: SubmitEvent): void => {
    event.preventDefault();
    quote.mutate(credits.trim());
  };
  const wrong = quote.isError && problemOf(quote.error).pointer === '/credits' ? t('buy.notAnAmount') : undefined;
  if (quote.data !== undefined) return <ConfirmSheet accountId={accountId} quote={quote.data} onBack={quote.reset} onClose={onClose} />;
  return (
    <Sheet title={t('buy.title')} open onClose={onClose}>
      <form className="form" onSubmit={ask}>
        <TextInput label={t('buy.credits')} hint={t('buy.creditsHint')} decimal required value={credits} onChange={setCredits} error={wrong} />
        {quote.isError && wrong === undefined ? <Problem error={quote.error} /> : null}
        <p className="small muted">{t('buy.stepOne')}</p>
        <div className="row end">
          <ActionButton onPress={onClose}>{t('common.cancel')}</ActionButton>
          <ActionButton submit look="primary" pending={quote.isPending}>
            {t('buy.quote')}
          </ActionButton>
        </div>
      </form>
    </Sheet>
  );
}

/** Each time a quote of its own: another look is another intention. */
export function askQuote(accountId: string, credits: string): Promise<Quote> {
  return answerOf(api.POST('/v1/accounts/{accountId}/purchase-quotes', { params: { path: { accountId }, header: { 'Idempotency-Key': newKey() } }, body: { credits } }));
}

function ConfirmSheet({ accountId, quote, onBack, onClose }: Props & { readonly quote: Quote; readonly onBack: () => void }) {
  const { t } = useLanguage();
  const client = useQueryClient();
  const { header } = useIntention();
  const [understood, setUnderstood] = useState(false);
  const place = useMutation({
    mutationFn: () =>
      answerOf(
        api.POST('/v1/accounts/{accountId}/purchases', {
          params: { path: { accountId }, header },
          body: { quoteId: quote.quoteId },
        }),
      ),
    onSuccess: () => client.invalidateQueries({ queryKey: ['account', accountId] }),
  });
  if (place.isSuccess) {
    return (
      <Sheet title={t('buy.placed')} open onClose={onClose}>
        <p>{t('buy.placedWhat')}</p>
        <div className="row end">
          <ActionButton look="primary" onPress={onClose}>
            {t('common.done')}
          </ActionButton>
        </div>
      </Sheet>
    );
  }
  const ended = place.isError && problemOf(place.error).code === 'quote-expired';
  return (
    <Sheet title={t('buy.confirmTitle')} open onClose={onClose}>
      <QuoteFacts quote={quote} />
      <Banner tone="warn" title={t('buy.final')}>
        {t('buy.finalWhat')}
      </Banner>
      <label className="checkbox">
        <input
          type="checkbox"
          checked={understood}
          onChange={(event) => {
            setUnderstood(event.target.checked);
          }}
        />
        <span>{t('buy.understood')}</span>
      </label>
      {place.isError ? <Problem error={place.error} /> : null}
      <div className="row end">
        <ActionButton onPress={onBack}>{ended ? t('buy.quoteAgain') : t('common.back')}</ActionButton>
        <ActionButton
          look="primary"
          disabled={!understood || ended}
          pending={place.isPending}
          onPress={() => {
            place.mutate();
          }}
        >
          {t('buy.confirm')}
        </ActionButton>
      </div>
    </Sheet>
  );
}

export function QuoteFacts({ quote }: { readonly quote: Quote }) {
  const { t, money, instant } = useLanguage();
  const { currency } = quote;
  return (
    <>
      <p className="big">
        {money(quote.total, currency)} <small>{t('buy.total')}</small>
      </p>
      <Facts
        facts={[
          [t('papers.credits'), <ExactCredits key="credits" amount={quote.credits} />],
          [t('papers.price'), money(quote.price, currency)],
          [t('papers.tax'), money(quote.tax, currency)],
          [t('buy.rates'), <bdi key="rates">{quote.rateVersion}</bdi>],
          [t('buy.expires'), instant(quote.expiresAt)],
        ]}
      />
      <p className="small muted">{t('buy.allocated')}</p>
    </>
  );
}
