/**
 * Routes by which people act on accounts through the ledger: each is put on record, with who, why and from where, before the
 * ledger is asked. Changes of the catalogue (rates, keys, licensees) are on record in the transaction of the change itself.
 */
export const ADMINISTRATIVE_ROUTES: Readonly<Record<string, string>> = {
  'POST /v1/accounts/:accountId/order-forms': 'sign-order-form',
  'POST /v1/accounts/:accountId/grants': 'grant',
  'POST /v1/accounts/:accountId/entries/:seq/reversal': 'reversal',
  'POST /v1/accounts/:accountId/suspension': 'suspension',
  'POST /v1/accounts/:accountId/resumption': 'resumption',
  'POST /v1/accounts/:accountId/closure': 'closure',
  'POST /v1/accounts/:accountId/adjustments': 'adjustment',
  'POST /v1/accounts/:accountId/lots/:lotId/refund': 'refund',
  'POST /v1/accounts/:accountId/lots/:lotId/transfer': 'transfer',
  'POST /v1/accounts/:accountId/lots/:lotId/freeze': 'freeze',
  'POST /v1/accounts/:accountId/lots/:lotId/release': 'freeze-release',
  'POST /v1/accounts/:accountId/lots/:lotId/withdrawal': 'withdrawal',
  'POST /v1/accounts/:accountId/purchases/:purchaseId/void': 'void-purchase',
  'POST /v1/accounts/:accountId/purchases/:purchaseId/withholding': 'withholding',
  'POST /v1/accounts/:accountId/purchases/:purchaseId/write-off': 'write-off',
  'POST /v1/payments/matches': 'match-payment',
  'DELETE /v1/api-keys/:keyId': 'revoke-api-key',
  'POST /v1/acts/:actId/confirmation': 'confirmation',
  'POST /v1/accounts/:accountId/unfunded-usage/:seq/waiver': 'waiver',
  'POST /v1/accounts/:accountId/disputes/:disputeId/outcome': 'dispute-outcome',
};

/** Refusals that are no accident: without a valid key, beyond its rights, or without a second person. */
export const TELLING_REFUSALS: ReadonlySet<string> = new Set(['unauthenticated', 'forbidden', 'second-operator-required', 'non-transferable', 'purchase-final']);
