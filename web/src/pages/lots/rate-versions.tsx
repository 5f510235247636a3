import { useEffect } from 'react';
import type { components } from '../../../generated/api';
import { useLanguage } from '../../i18n/locale';
import { Badge, Card } from '../../ui/basics';
import { Choice } from '../../ui/controls';
import { Table } from '../../ui/table';

type RateVersion = components['schemas']['RateVersion'];

interface Props {
  readonly versions: readonly RateVersion[];
  /** Ids of the two that stand beside each other. */
  readonly compared: readonly string[];
  readonly onCompare: (compared: readonly string[]) => void;
}

interface Line {
  readonly feature: string;
  readonly meter: string;
  readonly unit: string;
}

/** Rates, one version or two beside each other. */
export function RateVersions({ versions, compared, onCompare }: Props) {
  const { t, date } = useLanguage();
  const ids = versions.map(({ rateVersion }) => rateVersion);
  const [left = ids.at(-1) ?? '', right = ''] = compared;
  // A lot's link to its rates opens them here.
  useEffect(() => {
    const open = (): void => {
      const named = decodeURIComponent(location.hash.slice(1));
      if (versions.some(({ rateVersion }) => rateVersion === named)) onCompare([named, right]);
    };
    addEventListener('hashchange', open);
    return () => {
      removeEventListener('hashchange', open);
    };
  }, [versions, right, onCompare]);
  const shown = [left, right].map((id) => versions.find(({ rateVersion }) => rateVersion === id)).filter((version) => version !== undefined);
  const lines = linesOf(shown);
  return (
    <Card title={t('rates.title')} aside={<span className="small muted">{t('rates.lead')}</span>}>
      <div className="filters no-print" id={left}>
        <Choice
          label={t('rates.version')}
          value={left}
          onChange={(id) => {
            onCompare([id, right]);
          }}
          options={ids.map((id) => [id, id])}
        />
        <Choice
          label={t('rates.compare')}
          value={right}
          onChange={(id) => {
            onCompare([left, id]);
          }}
          options={[['', t('rates.nothing')], ...ids.filter((id) => id !== left).map((id) => [id, id] as const)]}
        />
      </div>
      <Table
        label={t('rates.title')}
        columns={[
          { name: t('rates.feature'), cell: ({ feature }) => <bdi>{feature}</bdi> },
          { name: t('rates.meter'), cell: ({ meter }) => <bdi>{meter}</bdi> },
          ...shown.map((version) => ({
            name: `${version.rateVersion} (${date(version.effectiveDate)})`,
            figure: true,
            cell: (line: Line) => <Rate version={version} line={line} other={shown.find((other) => other !== version)} />,
          })),
        ]}
        rows={lines}
        keyOf={({ feature, meter }) => `${feature}/${meter}`}
      />
    </Card>
  );
}

function Rate({ version, line, other }: { readonly version: RateVersion; readonly line: Line; readonly other: RateVersion | undefined }) {
  const { t, exact } = useLanguage();
  const rate = rateOf(version, line);
  if (rate === undefined) return <span className="muted">{t('rates.unknown')}</span>;
  const differs = other !== undefined && rateOf(other, line)?.creditsPerUnit !== rate.creditsPerUnit;
  return (
    <>
      {differs ? <Badge tone="accent">{exact(rate.creditsPerUnit)}</Badge> : exact(rate.creditsPerUnit)} <span className="muted">/ <bdi>{rate.unit}</bdi></span>
      {rate.minimum === undefined ? null : <div className="small muted">{t('rates.minimum', { minimum: rate.minimum })}</div>}
      {rate.increment === undefined ? null : <div className="small muted">{t('rates.increment', { increment: rate.increment })}</div>}
    </>
  );
}

function rateOf({ features }: RateVersion, { feature, meter }: Line): RateVersion['features'][number]['rates'][number] | undefined {
  return features.find((other) => other.feature === feature)?.rates.find((rate) => rate.meter === meter);
}

function linesOf(versions: readonly RateVersion[]): Line[] {
  const lines = new Map<string, Line>();
  for (const { features } of versions) {
    for (const { feature, rates } of features) for (const { meter, unit } of rates) lines.set(`${feature}/${meter}`, { feature, meter, unit });
  }
  return [...lines.values()];
}
