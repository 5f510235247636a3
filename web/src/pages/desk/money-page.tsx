import { useLanguage } from '../../i18n/locale';
import { Page } from '../../ui/basics';
import { BreaksCard } from './breaks-card';
import { UnbookedCard } from './unbooked-card';

/** Money that nobody could book, and differences that somebody has to look after. */
export function MoneyPage() {
  const { t } = useLanguage();
  return (
    <Page title={t('money.title')} lead={t('money.lead')}>
      <UnbookedCard />
      <BreaksCard />
    </Page>
  );
}
