import type { MigrationInterface } from 'typeorm';
import { Catalogue1790000000000 } from '../../migrations/1790000000000-catalogue.js';
import { Ledger1790000001000 } from '../../migrations/1790000001000-ledger.js';
import { NoticeText1790000002000 } from '../../migrations/1790000002000-notice-text.js';
import { ContractInForce1790000003000 } from '../../migrations/1790000003000-contract-in-force.js';
import { Payments1790000004000 } from '../../migrations/1790000004000-payments.js';
import { RateWithdrawal1790000004100 } from '../../migrations/1790000004100-rate-withdrawal.js';
import { Corrections1790000005000 } from '../../migrations/1790000005000-corrections.js';
import { Proposals1790000006000 } from '../../migrations/1790000006000-proposals.js';
import { Outbox1790000010000 } from '../../migrations/1790000010000-outbox.js';
import { LastPurchase1790000010100 } from '../../migrations/1790000010100-last-purchase.js';
import { BurnSamples1790000010200 } from '../../migrations/1790000010200-burn-samples.js';
import { NoticeDeliveries1790000011000 } from '../../migrations/1790000011000-notice-deliveries.js';
import { ContactsAndEndpoints1790000011100 } from '../../migrations/1790000011100-contacts-and-endpoints.js';
import { ApiKeyLife1790000020000 } from '../../migrations/1790000020000-api-key-life.js';
import { SignedHeads1790000031000 } from '../../migrations/1790000031000-signed-heads.js';
import { AccountingPeriods1790000030000 } from '../../migrations/1790000030000-accounting-periods.js';
import { AdministrativeActs1790000031100 } from '../../migrations/1790000031100-administrative-acts.js';
import { WebSessions1790000040000 } from '../../migrations/1790000040000-web-sessions.js';
import { Activity1790000040100 } from '../../migrations/1790000040100-activity.js';
import { ToldBreaks1790000052000 } from '../../migrations/1790000052000-told-breaks.js';
import { Resealing1790000052100 } from '../../migrations/1790000052100-resealing.js';
import { Privacy1790000031200 } from '../../migrations/1790000031200-privacy.js';
import { Reconciliation1790000030100 } from '../../migrations/1790000030100-reconciliation.js';
import { DeclinedActs1790000054100 } from '../../migrations/1790000054100-declined-acts.js';
import { PersonSessions1790000054000 } from '../../migrations/1790000054000-person-sessions.js';

/** Named one by one, in order: what runs on a ledger is never found by a wildcard. */
export const migrations: (new () => MigrationInterface)[] = [
  Catalogue1790000000000,
  Ledger1790000001000,
  NoticeText1790000002000,
  ContractInForce1790000003000,
  Payments1790000004000,
  RateWithdrawal1790000004100,
  Corrections1790000005000,
  Proposals1790000006000,
  Outbox1790000010000,
  LastPurchase1790000010100,
  BurnSamples1790000010200,
  NoticeDeliveries1790000011000,
  ContactsAndEndpoints1790000011100,
  ApiKeyLife1790000020000,
  SignedHeads1790000031000,
  AccountingPeriods1790000030000,
  Reconciliation1790000030100,
  AdministrativeActs1790000031100,
  WebSessions1790000040000,
  Activity1790000040100,
  Privacy1790000031200,
  ToldBreaks1790000052000,
  Resealing1790000052100,
  PersonSessions1790000054000,
  DeclinedActs1790000054100,
];
