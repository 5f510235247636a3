import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answerOf, api } from './client';

/** What the desks of operators and of finance read. */
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
  queryFn: () => answerOf(api.GET('/v1/acts', { params: { query: {} } })),
  refetchInterval: 15_000,
});

export const breaksQuery = queryOptions({
  queryKey: ['desk', 'breaks'],
  queryFn: () => answerOf(api.GET('/v1/breaks', { params: { query: { state: 'open' } } })),
  refetchInterval: 30_000,
});

export const unbookedQuery = queryOptions({
  queryKey: ['desk', 'unbooked'],
  queryFn: () => answerOf(api.GET('/v1/payments/unbooked')),
  refetchInterval: 30_000,
});
