import { useState } from 'react';
import { useLanguage } from '../../i18n/locale';
import { Badge, Banner } from '../../ui/basics';
import { ActionButton } from '../../ui/controls';
import { concernsOf, type Concern, type Concerning } from './concerns';

/**
 * What concerns the account stands above its figures when the page opens. What comes while the page is open lies over it at its
 * edge, and what ends stays in its place, marked: nothing moves under the reader.
 */
export function Banners({ known }: { readonly known: Concerning }) {
  const language = useLanguage();
  const { t } = language;
  const concerns = concernsOf(known, language);
  const [first] = useState<readonly Concern[]>(concerns);
  const [closed, setClosed] = useState<ReadonlySet<string>>(new Set());
  const now = new Map(concerns.map((concern) => [concern.key, concern]));
  const stood = new Set(first.map(({ key }) => key));
  const came = concerns.filter(({ key }) => !stood.has(key) && !closed.has(key));
  return (
    <>
      {first.map((then) => {
        const concern = now.get(then.key);
        return concern === undefined ? <Over key={then.key} concern={then} /> : <Standing key={then.key} concern={concern} />;
      })}
      <div className="toasts no-print" aria-live="polite">
        {came.map(({ key, tone, title, what }) => (
          <Banner key={key} tone={tone} title={title}>
            {what}
            <div className="row end">
              <ActionButton
                look="plain"
                onPress={() => {
                  setClosed(new Set([...closed, key]));
                }}
              >
                {t('live.dismiss')}
              </ActionButton>
            </div>
          </Banner>
        ))}
      </div>
    </>
  );
}

function Standing({ concern: { tone, title, what } }: { readonly concern: Concern }) {
  return (
    <Banner tone={tone} title={title}>
      {what}
    </Banner>
  );
}

function Over({ concern: { title, what } }: { readonly concern: Concern }) {
  const { t } = useLanguage();
  return (
    <div className="banner over" role="note">
      <s>{title}</s>
      <div>{what}</div>
      <Badge tone="good">{t('live.over')}</Badge>
    </div>
  );
}
