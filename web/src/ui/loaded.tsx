import type { UseQueryResult } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { problemOf } from '../api/problem';
import { useLanguage } from '../i18n/locale';
import { Banner, Skeleton } from './basics';
import { ActionButton } from './controls';

/** What a question came to: a skeleton while it is under way, what to do where it failed, else its answer. */
export function Loaded<Data>({ query, lines = 4, children }: { readonly query: UseQueryResult<Data>; readonly lines?: number; readonly children: (data: Data) => ReactNode }) {
  if (query.data !== undefined) return <>{children(query.data)}</>;
  if (query.isError) return <Problem error={query.error} retry={() => void query.refetch()} />;
  return <Skeleton lines={lines} />;
}

export function Problem({ error, retry }: { readonly error: unknown; readonly retry?: () => void }) {
  const { t, word } = useLanguage();
  const problem = problemOf(error);
  const detail = word(`problem.${problem.code}`, problem.detail === '' ? t('problem.unknown') : problem.detail);
  return (
    <Banner tone="bad" title={t('problem.title')}>
      <p>{detail}</p>
      {problem.requestId === null ? null : (
        <p className="small muted">
          {t('problem.request')} <code>{problem.requestId}</code>
        </p>
      )}
      {retry === undefined ? null : (
        <p>
          <ActionButton onPress={retry}>{t('common.retry')}</ActionButton>
        </p>
      )}
    </Banner>
  );
}
