import { instantText } from '../../domain/calendar.js';
import { reachesPurchasesFrom } from '../../domain/contract.js';
import { formatCredits } from '../../domain/credits.js';
import type { Entry } from '../../domain/entry.js';
import type { ExplainedEntry } from '../../postgres/reads/explanation.js';
import type { SignedOrderForm } from '../../postgres/reads/order-forms.js';
import { arithmeticOf, ratesIn, type Arithmetic, type Quantities } from './arithmetic.js';
import { CLAUSES } from './clauses.js';
import { entryJson } from './entry-json.js';
import { lotView, purchaseView } from './views.js';

interface DebitDetail {
  readonly billing: string;
  readonly mode: string;
  readonly usage: Readonly<Record<string, string>>;
  readonly unfundedShare?: string;
  readonly freeShare?: string;
  readonly wouldCost?: string;
}

/** Where every figure of an entry comes from, in the order in which a person would ask. */
export function explanationView(explained: ExplainedEntry) {
  const { entry, cited, lots, purchases, orderForms, governing } = explained;
  return {
    entry: JSON.parse(entryJson(entry)) as unknown,
    clauses: CLAUSES[entry.type],
    usage: entry.type === 'debit' ? usageOf(entry) : null,
    legs: legsOf(explained),
    unfunded: entry.unfunded === null ? null : { credits: formatCredits(entry.unfunded), ...shareWithoutCredits(explained, 'unfundedShare') },
    free: entry.type === 'debit' ? shareWithoutCredits(explained, 'freeShare') : null,
    lots: lots.map(lotView),
    purchases: purchases.map(purchaseView),
    governingOrderFormId: governing?.orderFormId ?? null,
    orderForms: orderForms.map(orderFormOf),
    cites: cited === null ? null : (JSON.parse(entryJson(cited)) as unknown),
  };
}

function detailOf(entry: Entry): DebitDetail {
  return JSON.parse(entry.detail) as DebitDetail;
}

function usageOf(entry: Entry) {
  const { billing, mode, usage, wouldCost } = detailOf(entry);
  return { feature: entry.feature, billing, mode, quantities: usage, wouldCost: wouldCost ?? null };
}

/** The legs of a debit, each with its arithmetic; of other entries, the lines with the lots that they move. */
function legsOf(explained: ExplainedEntry) {
  return explained.entry.postings.map((posting) => {
    const { line, lotId, from, to, credits, rateVersion, share } = posting;
    const lot = explained.lots.find((other) => other.lotId === lotId);
    return {
      line,
      lotId,
      from,
      to,
      credits: formatCredits(credits),
      rateVersion,
      arithmetic: rateVersion === null || share === null ? null : arithmeticUnder(explained, rateVersion, share),
      ratesFixedBy: rateVersion === null ? null : ratesFixedBy(explained, rateVersion, lot?.orderFormId ?? null),
    };
  });
}

function shareWithoutCredits(explained: ExplainedEntry, which: 'unfundedShare' | 'freeShare') {
  const { entry } = explained;
  const share = detailOf(entry)[which];
  if (share === undefined || entry.rateVersion === null) return null;
  return {
    share,
    rateVersion: entry.rateVersion,
    arithmetic: arithmeticUnder(explained, entry.rateVersion, share),
    ratesFixedBy: ratesFixedBy(explained, entry.rateVersion, explained.governing?.orderFormId ?? null),
  };
}

interface PricedDetail {
  readonly usage?: Quantities;
  readonly usageBefore?: Quantities;
  readonly estimate?: { readonly usage?: Quantities };
}

/** The usage that the shares of an entry are parts of: a hold's is estimated, a settlement's is that of the entry it cites. */
function pricedUsage({ entry, cited }: ExplainedEntry): { readonly usage: Quantities; readonly before: Quantities | null } | null {
  const of = entry.type === 'settlement' ? cited : entry;
  if (of === null) return null;
  const { usage, usageBefore = null, estimate } = JSON.parse(of.detail) as PricedDetail;
  const priced = usage ?? estimate?.usage;
  return priced === undefined ? null : { usage: priced, before: usageBefore };
}

function arithmeticUnder(explained: ExplainedEntry, rateVersion: string, share: string): Arithmetic | null {
  const { entry, versions } = explained;
  const version = versions.find(({ id }) => id === rateVersion);
  const rated = version === undefined || entry.feature === null ? null : ratesIn(version, entry.feature, versions);
  const priced = pricedUsage(explained);
  return rated === null || priced === null ? null : arithmeticOf(priced.usage, share, rated, priced.before);
}

/** P2: rates are fixed by the order form that names them from the start, or by a notice that was delivered. */
function ratesFixedBy({ orderForms, notices, versions }: ExplainedEntry, rateVersion: string, orderFormId: string | null) {
  const version = versions.find(({ id }) => id === rateVersion);
  const content = { rateVersion, contentHash: version?.hash ?? null, effectiveDate: version?.effectiveDate ?? null };
  const form = orderForms.find((other) => other.orderFormId === orderFormId);
  if (form !== undefined && `${form.document.rateCardId}@${form.document.rateVersion}` === rateVersion) {
    return { by: 'order-form', ...content, orderFormId: form.orderFormId, notice: null };
  }
  const notice = notices.find((other) => `${other.cardId}@${other.version}` === rateVersion);
  if (notice === undefined) return { by: 'rate-card', ...content, orderFormId: null, notice: null };
  const { noticeId, announcedOn, deliveredOn } = notice;
  return {
    by: 'notice',
    ...content,
    orderFormId: null,
    notice: { noticeId, announcedOn, deliveredOn, reachesPurchasesFrom: reachesPurchasesFrom(notice) },
  };
}

function orderFormOf({ orderFormId, seq, signedAt, document, documentHash }: SignedOrderForm) {
  return {
    orderFormId,
    seq,
    number: document.number,
    signedAt: instantText(signedAt),
    termStart: document.termStart,
    termEnd: document.termEnd,
    rateCardId: document.rateCardId,
    rateVersion: document.rateVersion,
    features: document.features,
    addendumVersion: document.addendumVersion,
    addendumHash: document.addendumHash,
    documentHash,
  };
}
