import { useLanguage } from '../../i18n/locale';
import { useMay } from '../../session';
import { Page } from '../../ui/basics';
import { ContactsCard } from './contacts-card';
import { DeliveriesCard } from './deliveries-card';
import { EndpointsCard } from './endpoints-card';
import { RulesCards } from './rules-cards';

/** What the licensee is told of, whom, by which ways, and what became of it (SPEC 11). Addresses are for admins and operators. */
export function AlertsPage({ accountId }: { readonly accountId: string }) {
  const { t } = useLanguage();
  const may = useMay();
  const sees = may.buy || may.operate;
  return (
    <Page title={t('alerts.title')} lead={t('alerts.lead')}>
      <RulesCards accountId={accountId} />
      {sees ? <ContactsCard accountId={accountId} /> : null}
      {sees ? <EndpointsCard accountId={accountId} /> : null}
      <DeliveriesCard accountId={accountId} />
    </Page>
  );
}
