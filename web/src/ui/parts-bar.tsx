import { Credits } from './basics';

interface Part {
  readonly name: string;
  readonly amount: string;
  /** Of a bucket: which colour. */
  readonly look: string;
}

/** A whole and its parts as one bar, and in words beside it. Widths are pixels; the figures are the service's. */
export function PartsBar({ whole, parts }: { readonly whole: string; readonly parts: readonly Part[] }) {
  const all = Number(whole);
  let start = 0;
  return (
    <div className="stack">
      <div className="meter" aria-hidden>
        <svg viewBox="0 0 1000 10" preserveAspectRatio="none">
          {parts.map(({ name, amount, look }) => {
            const width = all > 0 ? (Number(amount) / all) * 1_000 : 0;
            const x = start;
            start += width;
            return <rect key={name} className={`part-${look}`} x={x} width={width} height="10" />;
          })}
        </svg>
      </div>
      <ul className="legend">
        {parts.map(({ name, amount, look }) => (
          <li key={name}>
            <span className={`swatch part-${look}`} aria-hidden />
            {name} <Credits amount={amount} />
          </li>
        ))}
      </ul>
    </div>
  );
}
