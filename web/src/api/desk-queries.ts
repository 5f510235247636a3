import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answerOf, api } from './client';

/** What the desks of operators and of finance read. */
const ACTS_MS = 15_000;
const QUEUES_MS = 10_000;
const MONEY_MS = 30_000;

export const accountsQuery = (search: string) =>
  infiniteQueryOptions({
    queryKey: ['desk', 'accounts', search],
    queryFn: ({ pageParam }) =>
      answerOf(api.GET('/v1/accounts', { params: { query: { ...(search === '' ? {} : { search }), ...(pageParam === null ? {} : { cursor: pageParam }) } } })),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const actsQuery = queryOptions({
  queryKey: ['desk', 'acts'],
  queryFn: () => answerOf(api.GET('/v1/acts', { params: { query: { state: 'pending' } } })),
  refetchInterval: ACTS_MS,
});

export const breaksQuery = (state: 'open' | 'resolved', accountId: string | null = null) =>
  queryOptions({
    queryKey: ['desk', 'breaks', state, accountId],
    queryFn: () => answerOf(api.GET('/v1/breaks', { params: { query: { state, ...(accountId === null ? {} : { accountId }) } } })),
    refetchInterval: MONEY_MS,
  });

export const unbookedQuery = queryOptions({
  queryKey: ['desk', 'unbooked'],
  queryFn: () => answerOf(api.GET('/v1/payments/unbooked')),
  refetchInterval: MONEY_MS,
});

export const queuesQuery = queryOptions({
  queryKey: ['desk', 'queues'],
  queryFn: () => answerOf(api.GET('/v1/queues')),
  refetchInterval: QUEUES_MS,
});

export const rateCardsQuery = queryOptions({
  queryKey: ['desk', 'rate-cards'],
  queryFn: () => answerOf(api.GET('/v1/rate-cards')),
});

export const cardVersionsQuery = (cardId: string) =>
  queryOptions({
    queryKey: ['desk', 'rate-cards', cardId],
    queryFn: () => answerOf(api.GET('/v1/rate-cards/{cardId}/versions', { params: { path: { cardId } } })),
    enabled: cardId !== '',
  });

export const noticesOfVersionQuery = (cardId: string, version: string) =>
  queryOptions({
    queryKey: ['desk', 'rate-cards', cardId, version, 'notices'],
    queryFn: () => answerOf(api.GET('/v1/rate-cards/{cardId}/versions/{version}/notices', { params: { path: { cardId, version } } })),
    enabled: cardId !== '' && version !== '',
  });

/** What people did to an account, newest first. */
export const actsOnRecordQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'acts-on-record'],
    queryFn: () => answerOf(api.GET('/v1/administrative-acts', { params: { query: { accountId, limit: '50' } } })),
  });
