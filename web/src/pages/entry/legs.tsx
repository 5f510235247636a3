import type { components } from '../../../generated/api';
import { useLanguage } from '../../i18n/locale';
import { Card, ExactCredits } from '../../ui/basics';
import { Table } from '../../ui/table';
import type { Explanation } from '../../api/types';

type Leg = Explanation['legs'][number];
type Arithmetic = components['schemas']['Arithmetic'];
type FixedBy = components['schemas']['RatesFixedBy'];

/** Each line of the entry: what it moved on which lot, and the arithmetic that made it. */
export function Legs({ explanation: { legs } }: { readonly explanation: Explanation }) {
  const { t } = useLanguage();
  if (legs.length === 0) return null;
  return (
    <Card title={t('legs.title')}>
      {legs.map((leg) => (
        <section key={leg.line} className="leg stack">
          <LegHead leg={leg} />
          {leg.arithmetic === null ? null : <Reckoning arithmetic={leg.arithmetic} />}
          {leg.ratesFixedBy === null ? null : <FixedByLine fixed={leg.ratesFixedBy} />}
        </section>
      ))}
    </Card>
  );
}

function LegHead({ leg }: { readonly leg: Leg }) {
  const { t } = useLanguage();
  return (
    <div className="card-head">
      <h3>
        {t('lots.lot', { number: String(leg.lotId) })}{' '}
        <span className="muted small">
          {t('legs.move', { from: t(`bucket.${leg.from}`), to: t(`bucket.${leg.to}`) })}
        </span>
      </h3>
      <strong>
        <ExactCredits amount={leg.credits} />
      </strong>
    </div>
  );
}

function Reckoning({ arithmetic }: { readonly arithmetic: Arithmetic }) {
  const { t, exact } = useLanguage();
  const { share, cost, product, credits, dueBefore } = arithmetic;
  return (
    <>
      <Table
        label={t('legs.arithmetic')}
        columns={[
          { name: t('rates.meter'), cell: ({ meter }) => <bdi>{meter}</bdi> },
          { name: t('legs.quantity'), figure: true, cell: ({ quantity }) => exact(quantity) },
          { name: t('legs.billed'), figure: true, cell: ({ billed, unit }) => <bdi>{`${exact(billed)} ${unit ?? ''}`}</bdi> },
          { name: t('legs.rate'), figure: true, cell: ({ creditsPerUnit }) => (creditsPerUnit === null ? '–' : <bdi className="figure">{creditsPerUnit}</bdi>) },
          { name: t('legs.cost'), figure: true, cell: ({ cost: of }) => <bdi className="figure">{of}</bdi> },
        ]}
        rows={arithmetic.meters}
        keyOf={({ meter }) => meter}
      />
      {dueBefore === null ? null : <p className="small muted">{t('legs.before', { due: dueBefore })}</p>}
      <p className="formula" dir="ltr">
        {cost} × {share} = {product} → <strong>{credits}</strong>
      </p>
      <p className="small muted">{t('legs.formula')}</p>
    </>
  );
}

function FixedByLine({ fixed }: { readonly fixed: FixedBy }) {
  const { t, date } = useLanguage();
  const { by, rateVersion, notice, contentHash } = fixed;
  const delivered = notice?.deliveredOn;
  return (
    <p className="small">
      <bdi>{rateVersion}</bdi>: {t(`fixedBy.${by}`)}
      {notice === null ? null : ` ${t('fixedBy.announced', { on: date(notice.announcedOn) })}`}
      {delivered == null ? null : ` ${t('fixedBy.delivered', { on: date(delivered) })}`}
      {contentHash === null ? null : (
        <>
          {' '}
          <code className="muted">{contentHash.slice(0, 16)}…</code>
        </>
      )}
    </p>
  );
}

interface Part {
  readonly share: string;
  readonly arithmetic: Arithmetic | null;
  readonly ratesFixedBy: FixedBy;
}

/** A part of the action that took no credits: there were none, or it cost nothing. */
export function PartWithoutCredits({ title, credits, part }: { readonly title: string; readonly credits: string | null; readonly part: Part }) {
  const { t } = useLanguage();
  return (
    <Card title={title} aside={credits === null ? undefined : <ExactCredits amount={credits} />}>
      <p className="small muted">{t(credits === null ? 'entry.freeWhat' : 'entry.unfundedWhat')}</p>
      {part.arithmetic === null ? null : <Reckoning arithmetic={part.arithmetic} />}
      <FixedByLine fixed={part.ratesFixedBy} />
    </Card>
  );
}
