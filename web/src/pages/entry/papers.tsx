import { useLanguage } from '../../i18n/locale';
import { Badge, Card, ExactCredits, Facts } from '../../ui/basics';
import type { Explanation } from '../../api/types';

/** What the figures rest on: lots, purchases and payments, order forms and the addendum they were signed under. */
export function Papers({ explanation }: { readonly explanation: Explanation }) {
  const { purchases, orderForms } = explanation;
  return (
    <>
      {purchases.map((purchase) => (
        <PurchasePaper key={purchase.purchaseId} purchase={purchase} />
      ))}
      {orderForms.map((form) => (
        <OrderFormPaper key={form.orderFormId} form={form} />
      ))}
    </>
  );
}

function PurchasePaper({ purchase }: { readonly purchase: Explanation['purchases'][number] }) {
  const { t, instant, money } = useLanguage();
  const { currency } = purchase;
  return (
    <Card title={t('papers.purchase')} aside={<Badge>{t(`purchaseState.${purchase.state}`)}</Badge>}>
      <Facts
        facts={[
          [t('papers.id'), <bdi key="id" className="mono">{purchase.purchaseId}</bdi>],
          [t('papers.credits'), <ExactCredits key="credits" amount={purchase.credits} />],
          [t('papers.price'), money(purchase.price, currency)],
          [t('papers.tax'), money(purchase.tax, currency)],
          [t('papers.purchased'), instant(purchase.purchasedAt)],
          [t('lots.rates'), <bdi key="rates">{purchase.rateVersion}</bdi>],
        ]}
      />
      <ul className="small stack">
        {purchase.payments.map((payment) => (
          <li key={`${payment.provider}/${payment.providerPaymentId}`}>
            {t('papers.payment', { amount: money(payment.amount, payment.currency), on: instant(payment.receivedAt) })} <code>{payment.provider} {payment.providerPaymentId}</code>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function OrderFormPaper({ form }: { readonly form: Explanation['orderForms'][number] }) {
  const { t, date, instant } = useLanguage();
  return (
    <Card title={t('papers.orderForm', { number: form.number })}>
      <Facts
        facts={[
          [t('papers.signed'), instant(form.signedAt)],
          [t('papers.term'), t('papers.termRange', { from: date(form.termStart), through: date(form.termEnd) })],
          [t('lots.rates'), <bdi key="rates">{`${form.rateCardId}@${form.rateVersion}`}</bdi>],
          [t('papers.addendum'), <bdi key="addendum">{form.addendumVersion}</bdi>],
          [t('papers.addendumHash'), <code key="hash">{form.addendumHash}</code>],
          [t('papers.documentHash'), <code key="document">{form.documentHash}</code>],
        ]}
      />
    </Card>
  );
}
