import { z } from 'zod';
import { SCOPES } from '../../domain/api-key.js';
import { DELIVERY_MEANS } from '../../domain/contract.js';
import { ACCOUNT_STATUSES } from '../../domain/standing.js';
import { ENTRY_TYPES } from '../../domain/entry.js';
import { ERROR_CODES } from '../../domain/errors.js';
import { BUCKETS, LOT_CONDITIONS, LOT_KINDS } from '../../domain/lot.js';
import { PURCHASE_STATES } from '../../domain/purchase.js';

/** What the service answers. Amounts are strings: credits with 9 fractional digits, money at its currency's scale. */
const credits = z.string().meta({ description: 'Credits, 9 fractional digits.', examples: ['12.500000000'] });
const money = z.string().meta({ description: "Money at the currency's own scale, exclusive of tax unless said otherwise." });
const instant = z.string().meta({ format: 'date-time', description: 'UTC, milliseconds.' });
const date = z.string().meta({ format: 'date' });
const seq = z.int().positive().meta({ description: "Number of an entry: the order of the account's events, without a gap." });
const lotId = z.int().positive().meta({ description: 'The seq of the entry that issued the lot.' });

export const licenseeAnswer = z.strictObject({ licenseeId: z.string(), legalName: z.string(), createdAt: instant }).meta({ id: 'Licensee' });
export const accountAnswer = z
  .strictObject({ accountId: z.string(), licenseeId: z.string(), createdAt: instant, status: z.enum(ACCOUNT_STATUSES), seq: z.int().nonnegative() })
  .meta({ id: 'Account' });

export const accountsAnswer = z
  .strictObject({ items: z.array(accountAnswer.extend({ legalName: z.string(), balance: credits }).meta({ id: 'ListedAccount' })), nextCursor: z.string().nullable() })
  .meta({ id: 'Accounts' });

export const rateCardAnswer = z
  .strictObject({ cardId: z.string(), name: z.string(), createdAt: instant, versions: z.array(z.int()) })
  .meta({ id: 'RateCard' });
const rateAnswer = z
  .strictObject({ meter: z.string(), unit: z.string(), creditsPerUnit: z.string(), increment: z.string().optional(), minimum: z.string().optional() })
  .meta({ id: 'Rate' });
export const rateVersionAnswer = z
  .strictObject({
    cardId: z.string(),
    version: z.int().positive(),
    rateVersion: z.string().meta({ description: 'Its id, card@version, as lots and entries name it.' }),
    effectiveDate: date,
    state: z.enum(['draft', 'published', 'withdrawn']),
    features: z.array(z.strictObject({ feature: z.string(), predecessor: z.string().optional(), rates: z.array(rateAnswer) })),
    contentHash: z.string(),
    createdAt: instant,
    publishedAt: instant.nullable(),
  })
  .meta({ id: 'RateVersion' });
export const rateVersionsAnswer = z.strictObject({ items: z.array(rateVersionAnswer) }).meta({ id: 'RateVersions' });

export const balanceAnswer = z
  .strictObject({ balance: credits.meta({ description: 'available + held' }), available: credits, held: credits })
  .meta({ id: 'Balance', description: 'The account after the entry.' });
const postingAnswer = z
  .strictObject({
    line: z.int().positive(),
    lotId,
    from: z.enum(BUCKETS),
    to: z.enum(BUCKETS),
    credits,
    rateVersion: z.string().nullable(),
    share: z.string().nullable().meta({ description: 'Part of the action that these credits pay; at most 40 significant digits.' }),
    lotAvailableAfter: credits,
    lotHeldAfter: credits,
  })
  .meta({ id: 'Posting' });
export const entryAnswer = z
  .strictObject({
    accountId: z.string(),
    seq,
    type: z.enum(ENTRY_TYPES),
    occurredAt: instant,
    recordedAt: instant,
    accountingDate: date,
    actor: z.string(),
    feature: z.string().nullable(),
    subject: z.string().nullable(),
    cites: seq.nullable(),
    credits,
    unfunded: credits.nullable(),
    rateVersion: z.string().nullable(),
    endUser: z.string().nullable().meta({ description: 'Keyed pseudonym, hex.' }),
    metadataHash: z.string().nullable(),
    detail: z.record(z.string(), z.unknown()).meta({ description: 'What belongs to this type of entry. The chain commits to it.' }),
    postings: z.array(postingAnswer),
    hashVersion: z.int(),
    hash: z.string(),
  })
  .meta({ id: 'Entry' });

export const bookedAnswer = z.strictObject({ entry: entryAnswer, balance: balanceAnswer }).meta({ id: 'Booked' });
export const grantedAnswer = z.strictObject({ lotId, entry: entryAnswer, balance: balanceAnswer }).meta({ id: 'Granted' });
export const acknowledgedAnswer = z.strictObject({ noticeId: z.string(), deliveredOn: date, entry: entryAnswer }).meta({ id: 'Acknowledged' });
export const signedAnswer = z
  .strictObject({ orderFormId: z.string(), purchases: z.array(z.strictObject({ purchaseId: z.string(), credits })), entry: entryAnswer })
  .meta({ id: 'Signed' });
const purchaseTerms = {
  purchaseId: z.string(),
  orderFormId: z.string(),
  placedBy: z.enum(['order-form', 'account']),
  credits,
  unitPrice: z.string(),
  priceVersion: z.string().nullable().meta({ description: "Version of the card's price list; null: the order form's own price." }),
  currency: z.string(),
  price: money,
  tax: money,
  cardId: z.string(),
  rateVersion: z.string(),
  purchasedAt: instant,
  paymentDueAt: instant,
};
export const placedAnswer = z.strictObject({ purchase: z.strictObject(purchaseTerms), entry: entryAnswer }).meta({ id: 'Placed' });
export const paidAnswer = z
  .strictObject({
    payment: z.strictObject({
      purchaseId: z.string(),
      provider: z.string(),
      providerPaymentId: z.string(),
      amount: money,
      currency: z.string(),
      receivedAt: instant,
      owed: money.meta({ description: 'Still to be paid.' }),
      allocated: z.boolean().meta({ description: 'Whether it made the purchase fully paid, so that its credits were allocated.' }),
      excess: money.meta({ description: 'What was more than what was owed: a break.' }),
      matched: z.string().nullable().meta({ description: 'Why finance took it for this purchase, where the payment did not say so.' }),
    }),
    lotId: lotId.nullable(),
    breakId: z.string().nullable(),
    entry: entryAnswer,
  })
  .meta({ id: 'Paid' });

export const orderFormAnswer = z
  .strictObject({ orderFormId: z.string(), seq, signedAt: instant, document: z.record(z.string(), z.unknown()), documentHash: z.string() })
  .meta({ id: 'OrderForm' });
export const orderFormsAnswer = z.strictObject({ items: z.array(orderFormAnswer) }).meta({ id: 'OrderForms' });
const noticeAnswer = z
  .strictObject({
    noticeId: z.string(),
    cardId: z.string(),
    version: z.int(),
    effectiveDate: date,
    announcedOn: date,
    deliveredOn: date.nullable().meta({ description: 'Null: its thirty days have not begun.' }),
    deliveries: z
      .array(
        z.strictObject({
          seq,
          means: z.enum(DELIVERY_MEANS),
          on: date,
          contactId: z.string().nullable().meta({ description: 'To whom it was mailed.' }),
          bouncedBy: seq.nullable().meta({ description: 'The contact has bounced since: this entry took the delivery back.' }),
        }),
      )
      .meta({ description: 'What shows that it was delivered. The first one that counts begins the thirty days.' }),
    reachesPurchasesFrom: date.nullable(),
    withdrawn: z.boolean(),
    text: z.string(),
  })
  .meta({ id: 'Notice' });
export const noticesAnswer = z.strictObject({ items: z.array(noticeAnswer) }).meta({ id: 'Notices' });
export const purchaseAnswer = z
  .strictObject({
    ...purchaseTerms,
    state: z.enum(PURCHASE_STATES),
    paid: money,
    withheld: money.meta({ description: 'Tax withheld under a certificate.' }),
    writtenOff: money.meta({ description: 'A shortfall that finance let go.' }),
    owed: money,
    reversed: money.meta({ description: 'Of what was paid, what the bank took back after the allocation.' }),
    payments: z.array(
      z.strictObject({
        seq,
        provider: z.string(),
        providerPaymentId: z.string(),
        amount: money,
        currency: z.string(),
        receivedAt: instant,
        excess: money,
        reversed: money,
      }),
    ),
  })
  .meta({ id: 'Purchase' });
export const purchasesAnswer = z.strictObject({ items: z.array(purchaseAnswer) }).meta({ id: 'Purchases' });

export const balanceAsOfAnswer = z
  .strictObject({
    accountId: z.string(),
    seq: z.int().nonnegative().meta({ description: 'The entry after which the account stood so; 0: before the first.' }),
    recordedAt: instant.nullable(),
    balance: credits,
    available: credits,
    held: credits,
  })
  .meta({ id: 'BalanceAsOf' });
const nextCursor = z.string().nullable().meta({ description: 'For the page after this one; null: there is none.' });
export const lotAnswer = z
  .strictObject({
    lotId,
    kind: z.enum(LOT_KINDS),
    cardId: z.string(),
    rateVersion: z.string(),
    unitPrice: z.string().nullable(),
    currency: z.string().nullable(),
    purchaseId: z.string().nullable(),
    orderFormId: z.string(),
    allocatedAt: instant,
    validUntil: instant.nullable().meta({ description: 'First instant at which it is no longer valid; null: the whole Term.' }),
    priority: z.int(),
    open: z.boolean(),
    issued: credits,
    available: credits,
    held: credits,
    consumed: credits,
    lapsed: credits,
    frozen: credits,
    withdrawn: credits,
    transferred: credits,
    condition: z.enum(LOT_CONDITIONS).meta({ description: 'frozen: its payment is disputed. refunded: what was left of it was paid back.' }),
    freezeOwed: credits.meta({ description: 'Still to be frozen, of what holds and reversals will return.' }),
    source: z
      .strictObject({ accountId: z.string(), lotId })
      .nullable()
      .meta({ description: 'The lot that a consented transfer took these credits from (P7); null: they were issued here.' }),
  })
  .meta({ id: 'Lot' });
export const lotsAnswer = z.strictObject({ items: z.array(lotAnswer), nextCursor }).meta({ id: 'Lots' });
const listedEntryAnswer = entryAnswer.extend({ balance: balanceAnswer }).meta({ id: 'ListedEntry' });
export const entriesAnswer = z.strictObject({ items: z.array(listedEntryAnswer), nextCursor }).meta({ id: 'Entries' });
export const entryWithMetadataAnswer = z
  .strictObject({ entry: entryAnswer, balance: balanceAnswer, metadata: z.record(z.string(), z.string()).nullable() })
  .meta({ id: 'EntryWithMetadata' });

export const apiKeyAnswer = z
  .strictObject({
    keyId: z.string(),
    label: z.string(),
    scopes: z.array(z.enum(SCOPES)),
    accountId: z.string().nullable(),
    createdAt: instant,
    expiresAt: instant.nullable(),
    revokedAt: instant.nullable(),
    rotatedFrom: z.string().nullable().meta({ description: 'The key that this one succeeds.' }),
    rateLimit: z.int().nullable().meta({ description: 'Requests per window; null: as many as any key.' }),
    lastUsedAt: instant.nullable().meta({ description: 'Not older than a minute.' }),
  })
  .meta({ id: 'ApiKey' });
export const newApiKeyAnswer = apiKeyAnswer
  .extend({ secret: z.string().optional().meta({ description: 'Shown once: a replay of the request does not have it.' }) })
  .meta({ id: 'NewApiKey' });
export const apiKeysAnswer = z.strictObject({ items: z.array(apiKeyAnswer) }).meta({ id: 'ApiKeys' });
export const clockAnswer = z
  .strictObject({
    businessTime: instant,
    offsetMs: z.string().meta({ description: 'Milliseconds that business time is ahead of the database clock.' }),
    advanceable: z.boolean(),
  })
  .meta({ id: 'Clock' });

export const problemAnswer = z
  .object({
    type: z.string(),
    title: z.string(),
    status: z.int(),
    code: z.enum(ERROR_CODES),
    detail: z.string(),
    instance: z.string().meta({ description: "The request's id, as the service's log has it." }),
    pointer: z.string().optional(),
    errors: z.array(z.strictObject({ detail: z.string(), pointer: z.string().optional(), parameter: z.string().optional() })).optional(),
    data: z.record(z.string(), z.unknown()).optional().meta({ description: 'Figures that belong to the refusal; amounts are strings.' }),
  })
  .meta({ id: 'Problem', description: 'RFC 9457.' });

export const bulkAnswer = z
  .strictObject({
    items: z.array(
      z.union([
        z.strictObject({ status: z.literal(201), replayed: z.boolean(), entry: entryAnswer, balance: balanceAnswer }),
        z.strictObject({ status: z.int(), problem: problemAnswer }),
      ]),
    ),
  })
  .meta({ id: 'BulkVerdicts', description: 'In the order of the items; each has its own verdict.' });
export const quoteAnswer = z
  .strictObject({
    billing: z.enum(['credits', 'trial', 'subscription']),
    required: credits,
    covered: credits,
    shortfall: credits,
    legs: z.array(z.strictObject({ lotId, rateVersion: z.string(), share: z.string(), credits })),
    balance: balanceAnswer,
    asOfSeq: z.int().nonnegative(),
  })
  .meta({ id: 'Quote' });
