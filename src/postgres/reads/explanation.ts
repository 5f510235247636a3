import type { DataSource, EntityManager } from 'typeorm';
import { canonicalJson } from '../../domain/canonical-json.js';
import type { Entry } from '../../domain/entry.js';
import type { Lot } from '../../domain/lot.js';
import { readRateVersion } from '../../domain/rate-document.js';
import type { RateVersion } from '../../domain/rate.js';
import { readEntry } from './entries.js';
import { readLots } from './lots.js';
import { readNotices, type RateNotice } from './notices.js';
import { readOrderForms, type SignedOrderForm } from './order-forms.js';
import { readPurchases, type PurchaseWithPayments } from './purchases.js';
import { readRateVersions } from './rate-cards.js';

/** All that an entry rests on. */
export interface ExplainedEntry {
  readonly entry: Entry;
  /** The entry that it answers to, such as the debit that is reversed. */
  readonly cited: Entry | null;
  readonly lots: readonly Lot[];
  readonly purchases: readonly PurchaseWithPayments[];
  /** The one that governed the account when it was recorded. */
  readonly governing: SignedOrderForm | null;
  readonly orderForms: readonly SignedOrderForm[];
  readonly notices: readonly RateNotice[];
  /** All versions of the cards concerned, by card and oldest first. */
  readonly versions: readonly RateVersion[];
}

export async function readExplanation(database: DataSource | EntityManager, accountId: string, seq: number): Promise<ExplainedEntry | null> {
  const entry = await readEntry(database, accountId, seq);
  if (entry === null) return null;
  const cited = entry.cites === null ? null : await readEntry(database, accountId, entry.cites);
  const lots = await readLots(database, accountId, [...new Set([entry, cited].flatMap((of) => of?.postings ?? []).map(({ lotId }) => lotId))]);
  const forms = await readOrderForms(database, accountId);
  const governing = forms.findLast((form) => form.seq <= seq) ?? null;
  const purchaseIds = new Set([entry.subject, cited?.subject, ...lots.map(({ purchaseId }) => purchaseId)]);
  const purchases = (await readPurchases(database, accountId)).filter(({ purchase }) => purchaseIds.has(purchase.purchaseId));
  const formIds = new Set([
    entry.subject,
    governing?.orderFormId,
    ...lots.map(({ orderFormId }) => orderFormId),
    ...purchases.map(({ purchase }) => purchase.orderFormId),
  ]);
  const orderForms = forms.filter((form) => formIds.has(form.orderFormId));
  const cards = new Set([...lots.map(({ cardId }) => cardId), ...orderForms.map(({ document }) => document.rateCardId)]);
  return {
    entry,
    cited,
    lots,
    purchases,
    governing,
    orderForms,
    notices: await readNotices(database, accountId),
    versions: await versionsOf(database, [...cards].sort()),
  };
}

async function versionsOf(database: DataSource | EntityManager, cards: readonly string[]): Promise<RateVersion[]> {
  const versions: RateVersion[] = [];
  for (const card of cards) {
    for (const { document } of await readRateVersions(database, card)) versions.push(readRateVersion(canonicalJson({ ...document })));
  }
  return versions;
}
