import { useQuery } from '@tanstack/react-query';
import { orderFormsQuery } from '../../api/queries';
import { useLanguage } from '../../i18n/locale';
import { Badge, Card, Empty, Facts } from '../../ui/basics';
import { Loaded } from '../../ui/loaded';

interface Document {
  readonly number: string;
  readonly termStart: string;
  readonly termEnd: string;
  readonly timeZone: string;
  readonly rateCardId: string;
  readonly rateVersion: string;
  readonly unitPrice: string;
  readonly currency: string;
  readonly addendumVersion: string;
  readonly features: readonly { readonly feature: string; readonly mode: 'credits' | 'trial' | 'subscription' }[];
}

/** The signed documents, the one that governs last. */
export function OrderForms({ accountId }: { readonly accountId: string }) {
  const { t, instant, date } = useLanguage();
  const forms = useQuery(orderFormsQuery(accountId));
  return (
    <Card title={t('forms.title')}>
      <Loaded query={forms} lines={2}>
        {({ items }) =>
          items.length === 0 ? (
            <Empty title={t('forms.none')}>{t('forms.noneWhat')}</Empty>
          ) : (
            <div className="stack">
              {[...items].reverse().map(({ orderFormId, signedAt, document }) => {
                const form = document as unknown as Document;
                return (
                  <details key={orderFormId}>
                    <summary>{t('papers.orderForm', { number: form.number })}</summary>
                    <Facts
                      facts={[
                        [t('papers.signed'), instant(signedAt)],
                        [t('papers.term'), t('papers.termRange', { from: date(form.termStart), through: date(form.termEnd) })],
                        [t('forms.zone'), <bdi key="zone">{form.timeZone}</bdi>],
                        [t('lots.rates'), <bdi key="rates">{`${form.rateCardId}@${form.rateVersion}`}</bdi>],
                        [t('lots.price'), <bdi key="price">{`${form.unitPrice} ${form.currency}`}</bdi>],
                        [t('papers.addendum'), <bdi key="addendum">{form.addendumVersion}</bdi>],
                        [
                          t('forms.features'),
                          <span key="features" className="row">
                            {form.features.map(({ feature, mode }) => (
                              <Badge key={feature}>
                                <bdi>{feature}</bdi>: {t(`billing.${mode}`)}
                              </Badge>
                            ))}
                          </span>,
                        ],
                      ]}
                    />
                  </details>
                );
              })}
            </div>
          )
        }
      </Loaded>
    </Card>
  );
}
