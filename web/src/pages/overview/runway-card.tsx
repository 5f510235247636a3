import { useLanguage } from '../../i18n/locale';
import { Card, Credits, Empty } from '../../ui/basics';
import type { Overview } from '../../api/types';

/** Beyond this nobody plans. */
const LONG_DAYS = 3_650;

export function RunwayCard({ overview }: { readonly overview: Overview }) {
  const { t, days, dayRange, date } = useLanguage();
  const { runway, term } = overview;
  if (runway === null) {
    return (
      <Card title={t('runway.title')}>
        <Empty title={t('runway.none')}>{t('runway.noneWhat')}</Empty>
      </Card>
    );
  }
  const { leastDays, mostDays } = runway;
  const long = leastDays > LONG_DAYS;
  const range = leastDays === mostDays ? days(leastDays) : dayRange(leastDays, Math.min(mostDays, LONG_DAYS));
  return (
    <Card title={t('runway.title')}>
      <p className="big">{long ? t('runway.long') : range}</p>
      {long ? null : (
        <p>
          {leastDays === mostDays
            ? t('runway.until', { until: date(runway.leastUntil) })
            : t('runway.between', { least: date(runway.leastUntil), most: date(runway.mostUntil) })}
        </p>
      )}
      {term?.state === 'running' ? <p>{t('runway.term', { end: date(term.through), days: days(term.daysLeft) })} {verdict(leastDays, mostDays, term.daysLeft, t)}</p> : null}
      <details>
        <summary>{t('runway.how')}</summary>
        <p className="small muted">{t('runway.howWhat')}</p>
        <ul className="small">
          {runway.paces.map((pace) => (
            <li key={pace.days}>
              {t('runway.pace', { days: days(pace.days) })} <Credits amount={pace.perDay} />
            </li>
          ))}
        </ul>
      </details>
    </Card>
  );
}

function verdict(least: number, most: number, left: number, t: ReturnType<typeof useLanguage>['t']): string {
  if (least >= left) return t('runway.lasts');
  return most < left ? t('runway.lastsNot') : t('runway.lastsMaybe');
}
