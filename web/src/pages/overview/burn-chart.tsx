import { useState } from 'react';
import { useLanguage } from '../../i18n/locale';
import { Credits } from '../../ui/basics';
import { axisEnd, type Burn, type Series } from './series';

const WIDTH = 900;
const HEIGHT = 240;
const LEFT = 56;
const BOTTOM = 24;
const TOP = 8;
const TICKS = [0, 0.25, 0.5, 0.75, 1];

type Day = Burn['days'][number];

/**
 * One stacked bar a day. Heights are pixels made of the service's figures; every figure that can be read is a string of its. The
 * same figures stand in the table below, which is what assistive technology is told to read.
 */
export function BurnChart({ burn, series }: { readonly burn: Burn; readonly series: readonly Series[] }) {
  const { t, date, shortDate, quantity } = useLanguage();
  const [pointed, setPointed] = useState<Day | null>(null);
  const end = axisEnd(Math.max(...burn.days.map(({ credits }) => Number(credits))));
  const plot = HEIGHT - TOP - BOTTOM;
  const step = (WIDTH - LEFT) / burn.days.length;
  const every = Math.ceil(burn.days.length / 8);
  const shown = pointed ?? burn.days.findLast(({ features }) => features.length > 0) ?? null;
  return (
    <figure className="chart">
      <div className="plot">
        <svg
          viewBox={`0 0 ${String(WIDTH)} ${String(HEIGHT)}`}
          role="img"
          aria-label={t('burn.chart', { from: date(burn.from), through: date(burn.through) })}
          onPointerLeave={() => {
            setPointed(null);
          }}
        >
          {TICKS.map((tick) => (
            <g key={tick} transform={`translate(0 ${String(TOP + plot * (1 - tick))})`}>
              <line className="gridline" x1={LEFT} x2={WIDTH} />
              <text className="axis" x={LEFT - 8} dy="0.35em" textAnchor="end">
                {end >= 4 ? quantity(String(end * tick)) : String(Number((end * tick).toPrecision(3)))}
              </text>
            </g>
          ))}
          {burn.days.map((day, i) => (
            <g key={day.day} transform={`translate(${String(LEFT + i * step)} ${String(TOP)})`}>
              <Bar day={day} series={series} width={step} height={plot} end={end} />
              {i % every === 0 ? (
                <text className="axis" x={step / 2} y={plot + 18} textAnchor="middle">
                  {shortDate(day.day)}
                </text>
              ) : null}
              <rect
                className="hit"
                width={step}
                height={plot}
                onPointerEnter={() => {
                  setPointed(day);
                }}
              />
            </g>
          ))}
        </svg>
      </div>
      <figcaption className="legend">
        <span className="readout label">{shown === null ? '' : date(shown.day)}</span>
        {series.map(({ feature, colour }) => {
          const used = shown?.features.find((other) => other.feature === feature);
          return (
            <span key={feature}>
              <span className={`swatch s${String(colour)}`} aria-hidden />
              <bdi>{feature}</bdi> <span className="muted">{used === undefined ? '–' : <Credits amount={used.credits} />}</span>
            </span>
          );
        })}
      </figcaption>
    </figure>
  );
}

function Bar({ day, series, width, height, end }: { readonly day: Day; readonly series: readonly Series[]; readonly width: number; readonly height: number; readonly end: number }) {
  let y = height;
  const gap = Math.min(3, width * 0.15);
  return series.map(({ feature, colour }) => {
    const used = Number(day.features.find((other) => other.feature === feature)?.credits ?? '0');
    if (used <= 0) return null;
    const tall = Math.max(1, (used / end) * height);
    y -= tall;
    return <rect key={feature} className={`s${String(colour)}`} x={gap} y={y} width={Math.max(1, width - 2 * gap)} height={tall} rx={Math.min(2, width / 6)} />;
  });
}
