import { readDeliveryTargets } from '../postgres/reads/delivery-targets.js';
import type { TargetsOf } from './relay-outbox.js';

/** The contacts and endpoints of events as they stand now. */
export const targetsOfEvents: TargetsOf = async (manager, events) => {
  const targets = await readDeliveryTargets(manager, events);
  return targets.map(({ contacts, endpoints }) => [
    ...contacts.map((id) => ({ kind: 'mail' as const, id })),
    ...endpoints.map((id) => ({ kind: 'webhook' as const, id })),
  ]);
};
