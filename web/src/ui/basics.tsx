import type { ReactNode } from 'react';
import { useLanguage } from '../i18n/locale';

export type Tone = 'plain' | 'good' | 'warn' | 'bad' | 'accent';

export function Page({ title, lead, actions, children }: { readonly title: string; readonly lead?: ReactNode; readonly actions?: ReactNode; readonly children: ReactNode }) {
  return (
    <div className="page">
      <title>{title}</title>
      <header className="page-head">
        <div>
          <h1>{title}</h1>
          {lead === undefined ? null : <p>{lead}</p>}
        </div>
        {actions === undefined ? null : <div className="row no-print">{actions}</div>}
      </header>
      {children}
    </div>
  );
}

export function Card({ title, aside, children }: { readonly title?: ReactNode; readonly aside?: ReactNode; readonly children: ReactNode }) {
  return (
    <section className="card">
      {title === undefined ? null : (
        <div className="card-head">
          <h2>{title}</h2>
          {aside}
        </div>
      )}
      {children}
    </section>
  );
}

export function Badge({ tone = 'plain', children }: { readonly tone?: Tone; readonly children: ReactNode }) {
  return <span className={`badge ${tone}`}>{children}</span>;
}

export function Banner({ tone, title, children }: { readonly tone: Tone; readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className={`banner ${tone}`} role={tone === 'bad' ? 'alert' : 'note'}>
      <strong>{title}</strong>
      {children === undefined ? null : <div>{children}</div>}
    </div>
  );
}

/** Credits to two places; all nine when pointed at. */
export function Credits({ amount }: { readonly amount: string }) {
  const { credits, exact } = useLanguage();
  return (
    <bdi className="figure" title={exact(amount)}>
      {credits(amount)}
    </bdi>
  );
}

/** All nine places, for where a figure is proved. */
export function ExactCredits({ amount }: { readonly amount: string }) {
  const { exact } = useLanguage();
  return <bdi className="figure">{exact(amount)}</bdi>;
}

export function Facts({ facts }: { readonly facts: readonly (readonly [label: string, value: ReactNode])[] }) {
  return (
    <dl className="facts">
      {facts.map(([label, value]) => (
        <div key={label}>
          <dt>{label}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

export function Empty({ title, children }: { readonly title: string; readonly children?: ReactNode }) {
  return (
    <div className="empty">
      <strong>{title}</strong>
      {children === undefined ? null : <p>{children}</p>}
    </div>
  );
}

export function Skeleton({ lines = 3 }: { readonly lines?: number }) {
  const { t } = useLanguage();
  return (
    <div className="stack" role="status" aria-label={t('common.loading')}>
      {Array.from({ length: lines }, (_, i) => (
        <svg key={i} className="skeleton" width="100%" height={i === 0 ? 36 : 20} aria-hidden />
      ))}
    </div>
  );
}
