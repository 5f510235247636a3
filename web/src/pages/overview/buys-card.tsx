import { Link } from 'wouter';
import { useLanguage } from '../../i18n/locale';
import { Card, Empty } from '../../ui/basics';
import type { Overview } from '../../api/types';

/** What all that is available buys, in the words of the product: minutes, images, tokens. */
export function BuysCard({ overview, base }: { readonly overview: Overview; readonly base: string }) {
  const { t, quantity, count } = useLanguage();
  const { buys } = overview;
  return (
    <Card title={t('buys.title')} aside={<Link href={`${base}/lots`}>{t('buys.rates')}</Link>}>
      {buys.length === 0 ? (
        <Empty title={t('buys.none')}>{t('buys.noneWhat')}</Empty>
      ) : (
        <>
          <p className="small muted">{t('buys.lead')}</p>
          <ul className="buys">
            {buys.map(({ feature, meter, unit, quantity: bought, rateVersions }) => (
              <li key={`${feature}/${meter}`}>
                <span className="label">
                  <bdi>{feature}</bdi> · <bdi>{meter}</bdi>
                </span>
                <span className="buys-figure">
                  {bought === null ? t('buys.free') : <bdi>{t('buys.about', { quantity: quantity(bought), unit })}</bdi>}
                </span>
                <span className="small muted">{rateVersions.length > 1 ? t('buys.versions', { count: count(rateVersions.length) }) : <bdi>{rateVersions[0] ?? ''}</bdi>}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </Card>
  );
}
