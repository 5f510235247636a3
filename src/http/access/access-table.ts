import type { Scope } from '../../domain/api-key.js';

export interface AccessRow {
  /** A key needs one of these; `public` needs no key; a `signed` body shows itself who sent it. */
  readonly scopes: readonly Scope[] | 'public' | 'signed';
  /** Whether the request has to carry an Idempotency-Key header. */
  readonly idempotencyKey: boolean;
  /** Whether the body is CSV; else JSON. */
  readonly csv?: boolean;
}

function read(...scopes: readonly Scope[]): AccessRow {
  return { scopes, idempotencyKey: false };
}

function change(...scopes: readonly Scope[]): AccessRow {
  return { scopes, idempotencyKey: true };
}

const PUBLIC: AccessRow = { scopes: 'public', idempotencyKey: false };
const ofAccount = read('account:admin', 'account:read', 'finance', 'operator');
const ofCatalogue = read('finance', 'operator');

/** Who may do what, in one place. A route that is not in it does not start. */
export const ACCESS: Readonly<Record<string, AccessRow>> = {
  'GET /health/live': PUBLIC,
  'GET /health/ready': PUBLIC,
  'GET /docs': PUBLIC,
  'GET /openapi.json': PUBLIC,
  'GET /problems': PUBLIC,
  'GET /problems/:code': PUBLIC,
  // The web account's pages and files; what they show they ask for with a session.
  'GET /app': PUBLIC,
  'GET /app/*': PUBLIC,

  // For machines that watch: a key with `metrics` can do nothing else.
  'GET /metrics': read('metrics', 'operator'),
  // bull-board: its pages and files show nothing; what they show they ask for with an operator's session. Nothing but reads is there.
  'GET /queues': PUBLIC,
  'GET /queues/': PUBLIC,
  'GET /queues/static/*': PUBLIC,
  'GET /queues/queue/:queueName': PUBLIC,
  'GET /queues/queue/:queueName/:jobId': PUBLIC,
  'GET /queues/api/queues': read('operator'),
  'GET /queues/api/job-schedulers': read('operator'),
  'GET /queues/api/queues/:queueName/metrics': read('operator'),
  'GET /queues/api/queues/:queueName/default-job-options': read('operator'),
  'GET /queues/api/queues/:queueName/workers': read('operator'),
  'GET /queues/api/queues/:queueName/rate-limit': read('operator'),
  'GET /queues/api/queues/:queueName/job-data-schema': read('operator'),
  'GET /queues/api/queues/:queueName/:jobId': read('operator'),
  'GET /queues/api/queues/:queueName/:jobId/logs': read('operator'),
  'GET /queues/api/queues/:queueName/:jobId/flow': read('operator'),

  // Whoever has the mailed link has the address.
  'GET /contacts/verify': PUBLIC,
  'POST /contacts/verify': PUBLIC,

  'POST /v1/licensees': change('operator'),
  'GET /v1/licensees/:licenseeId': ofCatalogue,
  'POST /v1/accounts': change('operator'),
  'GET /v1/accounts': ofCatalogue,
  'GET /v1/accounts/:accountId': ofAccount,
  'POST /v1/rate-cards': change('operator'),
  'GET /v1/rate-cards': ofCatalogue,
  'GET /v1/rate-cards/:cardId': ofCatalogue,
  'POST /v1/rate-cards/:cardId/versions': change('operator'),
  'GET /v1/rate-cards/:cardId/versions': ofCatalogue,
  'GET /v1/rate-cards/:cardId/versions/:version': ofCatalogue,
  'GET /v1/rate-cards/:cardId/versions/:version/notices': ofCatalogue,
  'POST /v1/rate-cards/:cardId/versions/:version/publish': change('operator'),
  'POST /v1/rate-cards/:cardId/versions/:version/withdraw': change('operator'),
  'POST /v1/rate-cards/:cardId/prices': change('operator'),
  'GET /v1/rate-cards/:cardId/prices': ofCatalogue,

  'POST /v1/accounts/:accountId/order-forms': change('operator'),
  'GET /v1/accounts/:accountId/order-forms': ofAccount,
  'GET /v1/accounts/:accountId/order-forms/:orderFormId': ofAccount,
  'GET /v1/accounts/:accountId/order-forms/:orderFormId/liability': ofCatalogue,
  'GET /v1/accounts/:accountId/notices': ofAccount,
  'POST /v1/accounts/:accountId/notices/:noticeId/acknowledge': change('account:admin'),
  'POST /v1/accounts/:accountId/notices/:noticeId/attestation': change('operator'),

  // P3: contacts are kept current by the licensee; both sides see which of them mail reaches.
  'POST /v1/accounts/:accountId/contacts': change('account:admin'),
  'GET /v1/accounts/:accountId/contacts': read('account:admin', 'operator'),
  'DELETE /v1/accounts/:accountId/contacts/:contactId': read('account:admin'),
  'POST /v1/accounts/:accountId/contacts/:contactId/link': read('account:admin', 'operator'),
  'POST /v1/accounts/:accountId/contacts/:contactId/bounce': read('operator'),
  'POST /v1/accounts/:accountId/webhooks': change('account:admin'),
  'GET /v1/accounts/:accountId/webhooks': read('account:admin', 'operator'),
  'DELETE /v1/accounts/:accountId/webhooks/:endpointId': read('account:admin'),
  'POST /v1/accounts/:accountId/webhooks/:endpointId/secret': change('account:admin'),
  'POST /v1/accounts/:accountId/webhooks/:endpointId/enable': read('account:admin'),
  'POST /v1/accounts/:accountId/webhooks/:endpointId/test': read('account:admin'),
  'GET /v1/accounts/:accountId/webhooks/:endpointId/attempts': read('account:admin', 'operator'),
  'GET /v1/accounts/:accountId/events': read('account:admin', 'account:read', 'finance', 'operator', 'usage:write'),

  // P6: bought by an admin of the licensee, and by nobody else.
  'POST /v1/accounts/:accountId/purchase-quotes': change('account:admin'),
  'GET /v1/accounts/:accountId/purchase-quotes/:quoteId': ofAccount,
  'POST /v1/accounts/:accountId/purchases': change('account:admin'),
  'GET /v1/accounts/:accountId/purchases': ofAccount,
  'GET /v1/accounts/:accountId/purchases/:purchaseId': ofAccount,
  'POST /v1/accounts/:accountId/purchases/:purchaseId/void': change('operator'),
  'POST /v1/accounts/:accountId/purchases/:purchaseId/withholding': change('finance'),
  'POST /v1/accounts/:accountId/purchases/:purchaseId/write-off': change('finance'),
  'POST /v1/accounts/:accountId/replenishment-rules': change('account:admin'),
  'GET /v1/accounts/:accountId/replenishment-rules': ofAccount,
  'DELETE /v1/accounts/:accountId/replenishment-rules/:ruleId': read('account:admin'),
  'GET /v1/accounts/:accountId/proposals': ofAccount,
  'POST /v1/accounts/:accountId/proposals/:proposalId/confirm': change('account:admin'),
  'POST /v1/accounts/:accountId/proposals/:proposalId/discard': change('account:admin'),
  'GET /v1/accounts/:accountId/deliveries': ofAccount,
  // What is replayed is parked no more: asked twice, it is done once.
  'POST /v1/accounts/:accountId/deliveries/replay': read('account:admin', 'operator'),
  'POST /v1/accounts/:accountId/deliveries/:deliveryId/replay': read('account:admin', 'operator'),
  'GET /v1/accounts/:accountId/alert-rules': ofAccount,
  'POST /v1/accounts/:accountId/alert-rules': change('account:admin'),
  'POST /v1/accounts/:accountId/alert-rules/rehearsal': read('account:admin', 'account:read'),
  'POST /v1/accounts/:accountId/alert-rules/:ruleId': change('account:admin'),
  'DELETE /v1/accounts/:accountId/alert-rules/:ruleId': read('account:admin'),
  'POST /v1/payments': change('finance'),
  'POST /v1/payments/reversals': change('finance'),
  'POST /v1/payments/matches': change('finance'),
  'GET /v1/payments/unbooked': ofCatalogue,
  // Each line has the provider's own id.
  'POST /v1/payments/remittance': { ...read('finance'), csv: true },
  'POST /v1/payment-providers/stripe/events': { scopes: 'signed', idempotencyKey: false },
  'GET /v1/breaks': ofCatalogue,
  'GET /v1/breaks/:breakId': ofCatalogue,
  'POST /v1/breaks/:breakId/owner': change('finance'),
  'POST /v1/breaks/:breakId/resolution': change('finance'),
  'POST /v1/accounts/:accountId/grants': change('operator'),

  'POST /v1/accounts/:accountId/debits': change('usage:write'),
  // Each item of a bulk has its own key.
  'POST /v1/accounts/:accountId/debits/bulk': read('usage:write'),
  'POST /v1/debits': read('usage:write'),
  'POST /v1/accounts/:accountId/debits/quote': read('account:admin', 'account:read', 'usage:write'),
  'POST /v1/accounts/:accountId/entries/:seq/reversal': change('operator'),

  'POST /v1/accounts/:accountId/holds': change('usage:write'),
  'POST /v1/accounts/:accountId/holds/quote': read('account:admin', 'account:read', 'usage:write'),
  'GET /v1/accounts/:accountId/holds': read('account:admin', 'account:read', 'finance', 'operator', 'usage:write'),
  'GET /v1/accounts/:accountId/holds/:holdId': read('account:admin', 'account:read', 'finance', 'operator', 'usage:write'),
  'POST /v1/accounts/:accountId/holds/:holdId/captures': change('usage:write'),
  'POST /v1/accounts/:accountId/holds/:holdId/release': change('usage:write'),
  'POST /v1/accounts/:accountId/holds/:holdId/extend': change('usage:write'),
  'GET /v1/accounts/:accountId/access': read('account:admin', 'account:read', 'finance', 'operator', 'usage:write'),
  'POST /v1/accounts/:accountId/suspension': change('operator'),
  'POST /v1/accounts/:accountId/resumption': change('operator'),
  'POST /v1/accounts/:accountId/closure': change('operator'),

  'POST /v1/accounts/:accountId/adjustments': change('operator'),
  'POST /v1/accounts/:accountId/lots/:lotId/refund': change('operator'),
  'POST /v1/accounts/:accountId/lots/:lotId/transfer': change('operator'),
  'GET /v1/accounts/:accountId/transfers': ofAccount,
  'POST /v1/accounts/:accountId/lots/:lotId/freeze': change('finance'),
  'POST /v1/accounts/:accountId/lots/:lotId/release': change('finance'),
  'POST /v1/accounts/:accountId/lots/:lotId/withdrawal': change('finance'),
  'GET /v1/acts': read('finance', 'operator'),
  'POST /v1/acts/:actId/confirmation': change('operator'),
  'POST /v1/acts/:actId/decline': change('operator'),
  'GET /v1/queues': ofCatalogue,
  'GET /v1/accounts/:accountId/unfunded-usage': ofAccount,
  'GET /v1/accounts/:accountId/unfunded-usage/report': ofAccount,
  // P6: settled by an admin of the licensee, and by nobody else.
  'GET /v1/accounts/:accountId/unfunded-usage/:seq/settlement': read('account:admin'),
  'POST /v1/accounts/:accountId/unfunded-usage/:seq/settlement': change('account:admin'),
  'POST /v1/accounts/:accountId/unfunded-usage/:seq/waiver': change('operator'),
  'GET /v1/accounts/:accountId/disputes': ofAccount,
  'POST /v1/accounts/:accountId/disputes': change('account:admin', 'operator'),
  'POST /v1/accounts/:accountId/disputes/:disputeId/outcome': change('operator'),

  'GET /v1/accounts/:accountId/overview': ofAccount,
  'GET /v1/accounts/:accountId/burn': ofAccount,
  'GET /v1/accounts/:accountId/rate-versions': ofAccount,
  'GET /v1/accounts/:accountId/periods': ofAccount,
  'POST /v1/accounts/:accountId/periods/closure': change('finance'),
  'POST /v1/accounts/:accountId/periods/reopening': change('operator'),
  'POST /v1/periods/closure': change('finance'),
  'GET /v1/accounts/:accountId/statements/:through': ofAccount,
  'GET /v1/accounts/:accountId/movements': ofAccount,
  'GET /v1/accounts/:accountId/focus': ofAccount,
  'GET /v1/accounts/:accountId/journal': ofCatalogue,
  'GET /v1/journal': ofCatalogue,
  'GET /v1/deferred-revenue': ofCatalogue,
  'POST /v1/reconciliations': change('finance'),
  'GET /v1/reconciliations': ofCatalogue,
  'GET /v1/reconciliations/:runId': ofCatalogue,
  'POST /v1/reconciliations/usage-file': { ...read('finance'), csv: true },
  'POST /v1/reconciliations/settlement-file': { ...read('finance'), csv: true },

  'GET /v1/accounts/:accountId/balance': ofAccount,
  'GET /v1/accounts/:accountId/lots': ofAccount,
  'GET /v1/accounts/:accountId/entries': ofAccount,
  'GET /v1/accounts/:accountId/entries/:seq': ofAccount,
  'GET /v1/accounts/:accountId/entries/:seq/explanation': ofAccount,

  // Public keys are for everybody: whoever was handed a signed head checks it with them.
  'GET /v1/signing-keys': PUBLIC,
  'GET /verify.mjs': PUBLIC,
  'GET /v1/administrative-acts': ofCatalogue,
  'GET /v1/privacy-notices': PUBLIC,
  'GET /v1/privacy-notices/:version': PUBLIC,
  'POST /v1/privacy-notices': change('operator'),
  'POST /v1/privacy-requests': change('operator'),
  'GET /v1/privacy-requests': read('operator'),
  'POST /v1/privacy-requests/:requestId/identity': change('operator'),
  'POST /v1/privacy-requests/:requestId/answer': change('operator'),
  'DELETE /v1/accounts/:accountId/entries/:seq/metadata': read('account:admin'),
  'POST /v1/accounts/:accountId/end-user-entries': read('account:admin'),
  'GET /v1/accounts/:accountId/evidence': read('operator'),
  'POST /v1/accounts/:accountId/evidence/:evidenceId/opening': change('operator'),
  'GET /v1/retention-runs': ofCatalogue,
  'GET /v1/analytics/usage': ofCatalogue,
  'GET /v1/signed-heads': ofCatalogue,
  'GET /v1/accounts/:accountId/export': read('account:admin', 'finance', 'operator'),
  'GET /v1/accounts/:accountId/signed-head': ofAccount,
  'GET /v1/accounts/:accountId/signed-heads': ofAccount,

  'POST /v1/api-keys': change('account:admin', 'operator'),
  'GET /v1/api-keys': read('account:admin', 'operator'),
  'POST /v1/api-keys/:keyId/rotation': change('account:admin', 'operator'),
  'DELETE /v1/api-keys/:keyId': read('account:admin', 'operator'),
  // A link works once and is shown once: there is nothing to answer again.
  'POST /v1/sign-in-links': read('account:admin', 'account:read', 'finance', 'operator'),
  'POST /v1/sessions': PUBLIC,
  // Whoever signs in has nothing to show yet. What opens a session is the page's ticket together with the provider's answer.
  'GET /v1/sign-in-ways': PUBLIC,
  'POST /v1/sign-ins': PUBLIC,
  'POST /v1/sign-ins/completion': PUBLIC,
  'GET /v1/session': read('account:admin', 'account:read', 'finance', 'operator'),
  'DELETE /v1/session': read('account:admin', 'account:read', 'finance', 'operator'),
  'GET /v1/clock': read('account:admin', 'account:read', 'finance', 'operator', 'usage:write'),
  'POST /v1/clock/advance': change('operator'),

  // The baseline of the benchmark; registered only where it is asked for.
  'POST /v1/noop': read('usage:write'),
};

export function accessTo(method: string, pattern: string): AccessRow | undefined {
  // Fastify answers HEAD wherever there is a GET.
  const verb = method === 'HEAD' ? 'GET' : method;
  return ACCESS[`${verb} ${pattern}`];
}
