import type { components } from '../../../generated/api';
import { useLanguage } from '../../i18n/locale';

export type Break = components['schemas']['Break'];

/** The money or the credits that a break is about. */
export function InQuestion({ found: { amount, currency, credits } }: { readonly found: Break }) {
  const { money, exact } = useLanguage();
  if (amount !== null && currency !== null) return money(amount, currency);
  return credits === null ? '–' : exact(credits);
}
