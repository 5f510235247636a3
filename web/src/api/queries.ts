import { infiniteQueryOptions, queryOptions } from '@tanstack/react-query';
import { answerOf, api } from './client';
import { unlessLive } from './live';

/** Everything that pages read. Figures are strings from here to the screen. */
const of = (accountId: string) => ({ params: { path: { accountId } } });
const MINUTE = 60_000;

export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: () => answerOf(api.GET('/v1/session')),
  staleTime: Infinity,
  retry: false,
});

export const signInWaysQuery = queryOptions({
  queryKey: ['sign-in-ways'],
  queryFn: () => answerOf(api.GET('/v1/sign-in-ways')),
  staleTime: Infinity,
});

export const overviewQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'overview'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/overview', of(accountId))),
    refetchInterval: unlessLive(15_000),
  });

/** So many days up to today: which day that is, the service knows best. */
export const recentBurnQuery = (accountId: string, days: number) =>
  queryOptions({
    queryKey: ['account', accountId, 'burn', days],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/burn', { params: { path: { accountId }, query: { days: String(days) } } })),
    refetchInterval: unlessLive(MINUTE),
  });

export const burnQuery = (accountId: string, from: string, through: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'burn', from, through],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/burn', { params: { path: { accountId }, query: { from, through } } })),
    refetchInterval: unlessLive(MINUTE),
  });

export const lotsQuery = (accountId: string) =>
  infiniteQueryOptions({
    queryKey: ['account', accountId, 'lots'],
    queryFn: ({ pageParam }) =>
      answerOf(api.GET('/v1/accounts/{accountId}/lots', { params: { path: { accountId }, query: pageParam === null ? {} : { cursor: pageParam } } })),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
  });

export const rateVersionsQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'rate-versions'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/rate-versions', of(accountId))),
  });

export const purchasesQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'purchases'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/purchases', of(accountId))),
    refetchInterval: unlessLive(15_000),
  });

export const orderFormsQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'order-forms'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/order-forms', of(accountId))),
  });

export const proposalsQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'proposals'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/proposals', of(accountId))),
    refetchInterval: unlessLive(30_000),
  });

export const replenishmentRulesQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'replenishment-rules'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/replenishment-rules', of(accountId))),
  });

export const unfundedQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'unfunded'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/unfunded-usage', { params: { path: { accountId }, query: {} } })),
  });

export const noticesQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'notices'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/notices', of(accountId))),
  });

export const explanationQuery = (accountId: string, seq: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'explanation', seq],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/entries/{seq}/explanation', { params: { path: { accountId, seq } } })),
    // An entry never changes.
    staleTime: Infinity,
  });

export const apiKeysQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'api-keys'],
    queryFn: () => answerOf(api.GET('/v1/api-keys', { params: { query: { accountId } } })),
  });
