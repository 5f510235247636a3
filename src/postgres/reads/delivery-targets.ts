import type { DataSource, EntityManager } from 'typeorm';
import type { OrderFormDocument } from '../../domain/order-form-document.js';
import type { LedgerEvent } from '../../domain/event.js';

/** To whom an event goes besides the web account and the event stream: ids of contacts and of endpoints, in order. */
export interface DeliveryTargets {
  readonly contacts: readonly string[];
  readonly endpoints: readonly string[];
}

/** s.3 */
const OF_INCIDENTS: ReadonlySet<LedgerEvent['type']> = new Set<LedgerEvent['type']>(['break.found', 'break.resolved']);

const CONTACTS = `
  SELECT contact_id FROM contact
   WHERE licensee_id = $1 AND removed_at IS NULL AND verified_at IS NOT NULL AND bounced_at IS NULL
     AND ($2::text[] IS NULL OR contact_id = ANY ($2)) ORDER BY contact_id`;

/** An endpoint that the order form in force names for notices gets them, whatever types it listens to. */
const ENDPOINTS = `
  SELECT endpoint_id, url, event_types IS NULL OR $2 = ANY (event_types) AS listens
    FROM webhook_endpoint WHERE account_id = $1 AND removed_at IS NULL AND disabled_at IS NULL ORDER BY endpoint_id`;

/**
 * The targets of an event, as the contacts and endpoints stand now. Notices of rates and of incidents reach whoever can be reached:
 * where a route names contacts of whom none can, all others are told instead, because silence would be no notice.
 */
export async function readDeliveryTargets(database: DataSource | EntityManager, event: LedgerEvent): Promise<DeliveryTargets> {
  const { mail, webhooks } = event.route;
  const readContacts = async (ids: readonly string[] | null): Promise<string[]> =>
    (await database.query<{ contact_id: string }[]>(CONTACTS, [event.licenseeId, ids])).map((row) => row.contact_id);
  const isNotice = event.type === 'rates.announced';
  let contacts = mail === 'all' || mail.length > 0 ? await readContacts(mail === 'all' ? null : mail) : [];
  if ((isNotice || OF_INCIDENTS.has(event.type)) && contacts.length === 0) contacts = await readContacts(null);
  const named = isNotice ? await readNoticeWebhooks(database, event.accountId) : new Set<string>();
  const endpoints = await database.query<{ endpoint_id: string; url: string; listens: boolean }[]>(ENDPOINTS, [event.accountId, event.type]);
  return { contacts, endpoints: endpoints.filter(({ url, listens }) => named.has(url) || (webhooks && listens)).map((row) => row.endpoint_id) };
}

/** Which of them is in force when the endpoint answers is for the ledger to say. */
async function readNoticeWebhooks(database: DataSource | EntityManager, accountId: string): Promise<ReadonlySet<string>> {
  const forms = await database.query<{ document: OrderFormDocument }[]>('SELECT document FROM order_form WHERE account_id = $1', [accountId]);
  return new Set(forms.flatMap(({ document }) => (document.noticeWebhook === undefined ? [] : [document.noticeWebhook])));
}
