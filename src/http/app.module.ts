import { type DynamicModule, Module, type Provider, type Type } from '@nestjs/common';
import { AccountOverview } from '../operations/account-overview.js';
import { AccountingPeriods } from '../operations/accounting-periods.js';
import { AcknowledgeNotice } from '../operations/acknowledge-notice.js';
import { AdjustCredits } from '../operations/adjust-credits.js';
import { AdvanceBusinessClock } from '../operations/advance-business-clock.js';
import { ChangeAlertRules } from '../operations/change-alert-rules.js';
import { CompletePayment } from '../operations/complete-payment.js';
import { AttestNotice } from '../operations/attest-notice.js';
import { ContactBook } from '../operations/contact-book.js';
import { CreateLicensee } from '../operations/create-licensee.js';
import { CreateRateCard } from '../operations/create-rate-card.js';
import { DebitUsage } from '../operations/debit-usage.js';
import { DeliverWebhook } from '../operations/deliver-webhook.js';
import { DeferredRevenue } from '../operations/deferred-revenue.js';
import { DeclineAct } from '../operations/decline-act.js';
import { DisputeEntry } from '../operations/dispute-entry.js';
import { DisputeLot } from '../operations/dispute-lot.js';
import { DraftRateVersion } from '../operations/draft-rate-version.js';
import { EndHold } from '../operations/end-hold.js';
import { ExportAccount } from '../operations/export-account.js';
import { FlagBouncedContact } from '../operations/flag-bounced-contact.js';
import { GrantCredits } from '../operations/grant-credits.js';
import { ImportRemittance } from '../operations/import-remittance.js';
import { IssueApiKey } from '../operations/issue-api-key.js';
import { MatchPayment } from '../operations/match-payment.js';
import { NoticeEvidence } from '../operations/notice-evidence.js';
import { OpenAccount } from '../operations/open-account.js';
import { PlaceHoldOnCredits } from '../operations/place-hold.js';
import { PlacePurchase } from '../operations/place-purchase.js';
import { PublishPrice } from '../operations/publish-price.js';
import { PublishRateVersion } from '../operations/publish-rate-version.js';
import { PrivacyRequests } from '../operations/privacy-requests.js';
import { PersonSessions } from '../operations/person-sessions.js';
import { PublishPrivacyNotice } from '../operations/publish-privacy-notice.js';
import { UsageAnalytics } from '../operations/usage-analytics.js';
import { Pseudonyms } from '../operations/pseudonyms.js';
import { QuotePurchase } from '../operations/quote-purchase.js';
import { ReconcileSettlement } from '../operations/reconcile-settlement.js';
import { ReconcileUsage } from '../operations/reconcile-usage.js';
import { ReconciliationRuns } from '../operations/reconciliation-runs.js';
import { RecordPayment } from '../operations/record-payment.js';
import { ReplayDeliveries } from '../operations/replay-deliveries.js';
import { ReplenishmentRules } from '../operations/replenishment-rules.js';
import { ReportLiability } from '../operations/report-liability.js';
import { ResolveBreak } from '../operations/resolve-break.js';
import { ResolveProposal } from '../operations/resolve-proposal.js';
import { RefundLot } from '../operations/refund-lot.js';
import { ReverseDebit } from '../operations/reverse-debit.js';
import { ReversePayment } from '../operations/reverse-payment.js';
import { RotateApiKey } from '../operations/rotate-api-key.js';
import { RevokeApiKey } from '../operations/revoke-api-key.js';
import { RunDueWork } from '../operations/run-due-work.js';
import { ConfirmAct, SecondOperator } from '../operations/second-operator.js';
import { SettleUnfundedUsage } from '../operations/settle-unfunded-usage.js';
import { SignHeads } from '../operations/sign-heads.js';
import { SignOrderForm } from '../operations/sign-order-form.js';
import { Statements } from '../operations/statements.js';
import { SuspendAccount } from '../operations/suspend-account.js';
import { TakeStripeEvent } from '../operations/take-stripe-event.js';
import { TransferCredits } from '../operations/transfer-credits.js';
import { WebSessions } from '../operations/web-sessions.js';
import { VoidPurchase } from '../operations/void-purchase.js';
import { WithdrawRateVersion } from '../operations/withdraw-rate-version.js';
import { WebhookEndpoints } from '../operations/webhook-endpoints.js';
import { CONTACT_FINGERPRINTS, CONTACT_LINKS, PERSON_SESSIONS, WEBHOOK_SECRETS, derivedKey, derivedKeys } from '../platform/sealing.js';
import { AccountsController } from './controllers/accounts.controller.js';
import { AgreementController } from './controllers/agreement.controller.js';
import { AlertRulesController } from './controllers/alert-rules.controller.js';
import { ApiKeysController } from './controllers/api-keys.controller.js';
import { BreaksController } from './controllers/breaks.controller.js';
import { ContactsController } from './controllers/contacts.controller.js';
import { BooksController } from './controllers/books.controller.js';
import { BuyingController } from './controllers/buying.controller.js';
import { CorrectionsController } from './controllers/corrections.controller.js';
import { DisputesController } from './controllers/disputes.controller.js';
import { UnfundedUsageController } from './controllers/unfunded-usage.controller.js';
import { KeptDataController } from './controllers/kept-data.controller.js';
import { PrivacyController } from './controllers/privacy.controller.js';
import { AdministrativeActsController } from './controllers/administrative-acts.controller.js';
import { ExportController } from './controllers/export.controller.js';
import { HoldsController } from './controllers/holds.controller.js';
import { ReconciliationController } from './controllers/reconciliation.controller.js';
import { ReplenishmentController } from './controllers/replenishment.controller.js';
import { SignedHeadsController } from './controllers/signed-heads.controller.js';
import { StandingController } from './controllers/standing.controller.js';
import { StatementsController } from './controllers/statements.controller.js';
import { ClockController } from './controllers/clock.controller.js';
import { DeliveriesController } from './controllers/deliveries.controller.js';
import { DebitsController } from './controllers/debits.controller.js';
import { LedgerReadsController } from './controllers/ledger-reads.controller.js';
import { LiabilityController } from './controllers/liability.controller.js';
import { LicenseesController } from './controllers/licensees.controller.js';
import { SignInController } from './controllers/sign-in.controller.js';
import { SessionsController } from './controllers/sessions.controller.js';
import { OverviewController } from './controllers/overview.controller.js';
import { NoopController } from './controllers/noop.controller.js';
import { PaymentsController } from './controllers/payments.controller.js';
import { PricesController } from './controllers/prices.controller.js';
import { PeriodsController } from './controllers/periods.controller.js';
import { QueuesController } from './controllers/queues.controller.js';
import { RateCardsController } from './controllers/rate-cards.controller.js';
import { StripeController } from './controllers/stripe.controller.js';
import { EventsController } from './controllers/events.controller.js';
import { WebhooksController } from './controllers/webhooks.controller.js';
import { HealthController, READINESS } from './health.controller.js';
import { EventStreams } from './events/event-streams.js';
import type { HttpParts } from './http-parts.js';
import { ProblemsController } from './problems/problems.controller.js';
import { stripeVerifier } from './parsing/stripe-event.js';
import type { SignIn } from './sign-in/sign-in-of.js';
import { DATABASE, SANDBOX, SIGN_IN, STRIPE_VERIFIER, VERIFIER_FILE } from './tokens.js';

const CONTROLLERS = [
  HealthController,
  ProblemsController,
  LicenseesController,
  AccountsController,
  RateCardsController,
  PricesController,
  AgreementController,
  LiabilityController,
  BuyingController,
  PaymentsController,
  StripeController,
  BreaksController,
  DebitsController,
  HoldsController,
  CorrectionsController,
  UnfundedUsageController,
  DisputesController,
  StandingController,
  QueuesController,
  ReplenishmentController,
  ContactsController,
  WebhooksController,
  AlertRulesController,
  DeliveriesController,
  EventsController,
  LedgerReadsController,
  OverviewController,
  SignedHeadsController,
  PeriodsController,
  StatementsController,
  BooksController,
  ReconciliationController,
  ExportController,
  AdministrativeActsController,
  PrivacyController,
  KeptDataController,
  ApiKeysController,
  SessionsController,
  SignInController,
  ClockController,
];

@Module({})
export class AppModule {
  static with(parts: HttpParts, streams: EventStreams, signIn: SignIn | null): DynamicModule {
    return {
      module: AppModule,
      controllers: parts.benchNoop ? [...CONTROLLERS, NoopController] : CONTROLLERS,
      providers: [
        { provide: READINESS, useValue: parts.readiness },
        { provide: DATABASE, useValue: parts.database },
        { provide: EventStreams, useValue: streams },
        { provide: SANDBOX, useValue: parts.sandbox },
        { provide: SIGN_IN, useValue: signIn },
        { provide: VERIFIER_FILE, useValue: parts.verifierFile },
        { provide: STRIPE_VERIFIER, useValue: stripeVerifier(parts.stripeWebhookSecrets, () => parts.wallClock.now()) },
        ...operations(parts),
      ],
    };
  }
}

/** Use cases know no framework: each is made of what it says it needs. */
function operations({
  database,
  ledger,
  secrets,
  sandbox,
  retention,
  wallClock,
  adjustmentLimit,
  identityProvider,
  wakeRelay,
  webhookSender,
  webhookAllowedHosts,
}: HttpParts): Provider[] {
  const wallNow = (): number => wallClock.now();
  const secondOperator = new SecondOperator(database, wallNow);
  const adjustment = new AdjustCredits(ledger, secondOperator, adjustmentLimit);
  const evidence = new NoticeEvidence(database, secrets.evidenceKeys, retention.evidenceDays, wallNow);
  const pseudonyms = new Pseudonyms(secrets.pseudonymKeys);
  const signHeads = new SignHeads(database, secrets.signingKeys, wallNow);
  const refund = new RefundLot(ledger, secondOperator);
  const transfer = new TransferCredits(database, ledger, secondOperator);
  const reversePayment = new ReversePayment(database, ledger);
  const recordPayment = new RecordPayment(database, ledger, reversePayment);
  const attestation = new AttestNotice(ledger, secondOperator);
  const periods = new AccountingPeriods(database, ledger, secondOperator);
  return [
    of(CreateLicensee, database),
    of(OpenAccount, database),
    of(CreateRateCard, database),
    of(DraftRateVersion, database),
    of(PublishRateVersion, database, ledger),
    of(WithdrawRateVersion, database, ledger),
    of(SignOrderForm, database, ledger, wallNow),
    of(AcknowledgeNotice, database, ledger, evidence),
    { provide: NoticeEvidence, useValue: evidence },
    of(PrivacyRequests, database, wallNow),
    of(PublishPrivacyNotice, database),
    of(UsageAnalytics, database),
    of(PublishPrice, database),
    of(ReportLiability, database),
    of(QuotePurchase, database, ledger, wallNow),
    of(PlacePurchase, database, ledger, wallNow),
    of(VoidPurchase, ledger),
    of(CompletePayment, ledger),
    { provide: ReversePayment, useValue: reversePayment },
    { provide: RecordPayment, useValue: recordPayment },
    of(MatchPayment, database, ledger, reversePayment),
    of(ImportRemittance, database, ledger, recordPayment),
    of(TakeStripeEvent, database, recordPayment, reversePayment),
    of(ResolveBreak, database),
    of(GrantCredits, ledger),
    of(DebitUsage, ledger, pseudonyms),
    { provide: Pseudonyms, useValue: pseudonyms },
    { provide: SignHeads, useValue: signHeads },
    of(ExportAccount, database, signHeads, wallNow),
    of(ReverseDebit, database, ledger),
    of(IssueApiKey, database, secrets.keyPepper, wallNow),
    of(RotateApiKey, database, secrets.keyPepper, wallNow),
    of(RevokeApiKey, database, wallNow),
    of(WebSessions, database, secrets.keyPepper, wallNow),
    of(
      PersonSessions,
      database,
      { pepper: secrets.keyPepper, sealingKeys: derivedKeys(secrets.sealingKeys, PERSON_SESSIONS) },
      (identityProvider?.signIn?.sessionMinutes ?? 0) * 60_000,
      wallNow,
    ),
    of(PlaceHoldOnCredits, ledger),
    of(EndHold, ledger),
    { provide: AdjustCredits, useValue: adjustment },
    { provide: RefundLot, useValue: refund },
    { provide: TransferCredits, useValue: transfer },
    { provide: AttestNotice, useValue: attestation },
    of(ConfirmAct, database, { adjustment, attestation, 'period-reopening': periods, refund, transfer }),
    of(DeclineAct, database),
    { provide: AccountingPeriods, useValue: periods },
    of(DisputeLot, ledger),
    of(DisputeEntry, ledger),
    of(SettleUnfundedUsage, ledger),
    of(Statements, database),
    of(DeferredRevenue, database),
    of(ReconciliationRuns, database, wallNow),
    of(ReconcileUsage, database, wallNow),
    of(ReconcileSettlement, database, wallNow),
    of(SuspendAccount, ledger),
    of(RunDueWork, database, ledger),
    of(AccountOverview, database, ledger, new RunDueWork(database, ledger)),
    of(ContactBook, database, new FlagBouncedContact(database, ledger, wallNow), derivedKeys(secrets.sealingKeys, CONTACT_LINKS), derivedKey(secrets.keyPepper, CONTACT_FINGERPRINTS), wallNow),
    of(WebhookEndpoints, database, derivedKeys(secrets.sealingKeys, WEBHOOK_SECRETS), webhookAllowedHosts, wallNow),
    of(DeliverWebhook, database, ledger, evidence, webhookSender, derivedKeys(secrets.sealingKeys, WEBHOOK_SECRETS), wallNow),
    of(ChangeAlertRules, ledger),
    of(ReplayDeliveries, database, wakeRelay),
    of(ReplenishmentRules, database),
    of(ResolveProposal, database, ledger),
    of(AdvanceBusinessClock, database, sandbox, new RunDueWork(database, ledger)),
  ];
}

function of<Needs extends unknown[]>(operation: new (...needs: Needs) => object, ...needs: Needs): Provider {
  return { provide: operation as Type, useFactory: () => new operation(...needs) };
}
