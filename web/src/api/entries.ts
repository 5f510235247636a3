import { infiniteQueryOptions, keepPreviousData } from '@tanstack/react-query';
import type { operations } from '../../generated/api';
import { answerOf, api } from './client';

type EntriesQuery = NonNullable<operations['listEntries']['parameters']['query']>;
export type EntryFilter = Pick<EntriesQuery, 'feature' | 'type' | 'holdId' | 'from' | 'until' | 'idempotencyKey' | 'order'>;

/** Pages of the ledger that a filter lets through, by cursor. */
export const entriesQuery = (accountId: string, filter: EntryFilter) =>
  infiniteQueryOptions({
    queryKey: ['account', accountId, 'entries', filter],
    queryFn: ({ pageParam }) =>
      answerOf(
        api.GET('/v1/accounts/{accountId}/entries', {
          params: { path: { accountId }, query: { ...filter, limit: '50', ...(pageParam === null ? {} : { cursor: pageParam }) } },
        }),
      ),
    initialPageParam: null as string | null,
    getNextPageParam: ({ nextCursor }) => nextCursor,
    placeholderData: keepPreviousData,
  });
