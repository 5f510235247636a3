import type { DataSource, EntityManager } from 'typeorm';
import type { LedgerEvent } from '../../domain/event.js';

/** To whom an event goes besides the web account and the event stream: ids of contacts and of endpoints, in order. */
export interface DeliveryTargets {
  readonly contacts: readonly string[];
  readonly endpoints: readonly string[];
}

/** Notices of rates (s.2), and of incidents (s.3). */
const TO_ANYBODY: readonly LedgerEvent['type'][] = ['rates.announced', 'break.found', 'break.resolved'];

interface TargetRow {
  readonly nr: number;
  readonly kind: 'contact' | 'endpoint';
  readonly id: string;
  readonly routed: boolean;
}

/**
 * A contact can be told who is verified and has not bounced. An endpoint that an order form names for notices gets them,
 * whatever types it listens to; which form is in force when it answers is for the ledger to say.
 */
const TARGETS = `
  WITH event AS (
    SELECT e.*, e.type = 'rates.announced' AS is_notice, e.type = ANY ($6::text[]) AS to_anybody
      FROM unnest($1::text[], $2::text[], $3::text[], $4::jsonb[], $5::boolean[])
           WITH ORDINALITY AS e (account_id, licensee_id, type, mail, webhooks, nr)
  )
  SELECT e.nr::integer AS nr, 'contact' AS kind, c.contact_id AS id, e.mail IS NULL OR e.mail ? c.contact_id AS routed
    FROM event AS e JOIN contact AS c USING (licensee_id)
   WHERE c.removed_at IS NULL AND c.verified_at IS NOT NULL AND c.bounced_at IS NULL
     AND (e.to_anybody OR e.mail IS NULL OR e.mail ? c.contact_id)
  UNION ALL
  SELECT e.nr::integer, 'endpoint', w.endpoint_id, true
    FROM event AS e JOIN webhook_endpoint AS w USING (account_id)
   WHERE w.removed_at IS NULL AND w.disabled_at IS NULL
     AND (e.webhooks AND (w.event_types IS NULL OR e.type = ANY (w.event_types))
          OR e.is_notice AND EXISTS (
            SELECT FROM order_form AS f WHERE f.account_id = e.account_id AND f.document ->> 'noticeWebhook' = w.url))
   ORDER BY nr, kind, id`;

/**
 * The targets of events, as the contacts and endpoints stand now: one statement, however many events. Notices of rates and of
 * incidents reach whoever can be reached: where a route names contacts of whom none can, all others are told instead, because silence
 * would be no notice.
 */
export async function readDeliveryTargets(database: DataSource | EntityManager, events: readonly LedgerEvent[]): Promise<DeliveryTargets[]> {
  const rows = await database.query<TargetRow[]>(TARGETS, [
    events.map(({ accountId }) => accountId),
    events.map(({ licenseeId }) => licenseeId),
    events.map(({ type }) => type),
    events.map(({ route: { mail } }) => (mail === 'all' ? null : JSON.stringify(mail))),
    events.map(({ route: { webhooks } }) => webhooks),
    TO_ANYBODY,
  ]);
  const found = events.map((): TargetRow[] => []);
  for (const row of rows) found[row.nr - 1]?.push(row);
  return found.map((of) => {
    const contacts = of.filter(({ kind }) => kind === 'contact');
    const routed = contacts.filter((contact) => contact.routed);
    return {
      contacts: (routed.length > 0 ? routed : contacts).map(({ id }) => id),
      endpoints: of.filter(({ kind }) => kind === 'endpoint').map(({ id }) => id),
    };
  });
}
