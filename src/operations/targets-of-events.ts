import { readDeliveryTargets } from '../postgres/reads/delivery-targets.js';
import type { TargetsOf } from './relay-outbox.js';

/** The contacts and endpoints of events as they stand now. */
export const targetsOfEvents: TargetsOf = async (manager, events) => {
  const targets = [];
  for (const event of events) {
    const { contacts, endpoints } = await readDeliveryTargets(manager, event);
    targets.push([...contacts.map((id) => ({ kind: 'mail' as const, id })), ...endpoints.map((id) => ({ kind: 'webhook' as const, id }))]);
  }
  return targets;
};
