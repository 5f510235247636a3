import { queryOptions } from '@tanstack/react-query';
import type { components, operations } from '../../generated/api';
import { answerOf, api } from './client';

/** What the page of alerts reads: rules, contacts, endpoints, and what became of messages on their way. */
type Schemas = components['schemas'];
export type AlertRule = Schemas['AlertRules']['items'][number];
export type NewAlertRule = Schemas['NewAlertRule'];
export type EventType = AlertRule['event'];
export type ListenedType = NonNullable<Schemas['Endpoint']['eventTypes']>[number];
export type Contact = Schemas['Contact'];
export type Endpoint = Schemas['Endpoint'];
export type Delivery = Schemas['Deliveries']['items'][number];
export type DeliveryState = NonNullable<NonNullable<operations['listDeliveries']['parameters']['query']>['state']>;

const of = (accountId: string) => ({ params: { path: { accountId } } });
/** Mails and messages go out within seconds, and what became of them is no event: it is asked for. */
const SOON = 10_000;

export const alertRulesQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'alert-rules'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/alert-rules', of(accountId))),
  });

export const contactsQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'contacts'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/contacts', of(accountId))),
    refetchInterval: SOON,
  });

export const endpointsQuery = (accountId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'webhooks'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/webhooks', of(accountId))),
    refetchInterval: SOON,
  });

export const attemptsQuery = (accountId: string, endpointId: string) =>
  queryOptions({
    queryKey: ['account', accountId, 'webhooks', endpointId, 'attempts'],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/webhooks/{endpointId}/attempts', { params: { path: { accountId, endpointId } } })),
    refetchInterval: SOON,
  });

export const deliveriesQuery = (accountId: string, state: DeliveryState) =>
  queryOptions({
    queryKey: ['account', accountId, 'deliveries', state],
    queryFn: () => answerOf(api.GET('/v1/accounts/{accountId}/deliveries', { params: { path: { accountId }, query: { state } } })),
    refetchInterval: SOON,
  });
