import type { StoredDelivery } from '../../postgres/reads/deliveries.js';

/** `12.0.webhook.<endpoint>`: the event's place, and the target. */
export function deliveryIdOf({ seq, ordinal, target }: Pick<StoredDelivery, 'seq' | 'ordinal' | 'target'>): string {
  return [seq, ordinal, target.kind, target.id].join('.');
}
