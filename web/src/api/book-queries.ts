import { queryOptions } from '@tanstack/react-query';
import type { components } from '../../generated/api';
import { answerOf, api } from './client';

export type Period = components['schemas']['AccountingPeriods']['items'][number];
export type Statement = components['schemas']['Statement'];

export const periodsQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'periods'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/periods', { params: { path: { accountId } } })),
  });

/** `through`: the last day of a closed period, or `open`. A closed one is the same for ever, unless it is reopened. */
export const statementQuery = (accountId: string, through: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'statement', through],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/statements/{through}', { params: { path: { accountId, through } } })),
    staleTime: 60_000,
  });
