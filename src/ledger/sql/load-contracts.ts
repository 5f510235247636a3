import type { LedgerConnection } from '../connection.js';
import { DEFAULT_RULES, type AlertRule } from '../../domain/alert-rule.js';
import type { AnnouncedVersion, Contract, NoticeDelivery } from '../../domain/contract.js';
import { readOrderForm, type OrderFormDocument } from '../../domain/order-form-document.js';
import { textArray } from './array-literal.js';

const LICENSEES = {
  name: 'load-licensees',
  text: 'SELECT account_id, licensee_id FROM account WHERE account_id = ANY($1::text[])',
};
const ORDER_FORMS = {
  name: 'load-order-forms',
  text: `SELECT account_id, order_form_id, (extract(epoch FROM signed_at) * 1000)::bigint, document
    FROM order_form WHERE account_id = ANY($1::text[]) ORDER BY account_id, seq`,
};
const NOTICES = {
  name: 'load-rate-notices',
  text: `SELECT account_id, notice_id, card_id, version, effective_date, announced_on, delivered_on, deliveries, withdrawn
    FROM rate_notice WHERE account_id = ANY($1::text[]) ORDER BY account_id, card_id, version`,
};
const CLOSED_PERIODS = {
  name: 'load-closed-periods',
  text: `SELECT account_id, through FROM accounting_period WHERE account_id = ANY($1::text[]) AND reopened_seq IS NULL ORDER BY account_id, through`,
};
const ALERT_RULES = {
  name: 'load-alert-rules',
  text: 'SELECT account_id, rules FROM alert_rules WHERE account_id = ANY($1::text[])',
};

/** The contracts of accounts whose rows are locked (or of one snapshot), each marked with the `configVersion` of its row. */
export async function loadContracts(
  connection: LedgerConnection,
  heads: readonly { readonly accountId: string; readonly configVersion: number }[],
): Promise<Contract[]> {
  const ids = textArray(heads.map(({ accountId }) => accountId));
  const [licensees, forms, notices, periods, rules] = await Promise.all([
    connection.run(LICENSEES, [ids]),
    connection.run(ORDER_FORMS, [ids]),
    connection.run(NOTICES, [ids]),
    connection.run(CLOSED_PERIODS, [ids]),
    connection.run(ALERT_RULES, [ids]),
  ]);
  const licenseeOf = new Map(licensees.map(([account, licensee]) => [account, licensee]));
  const rulesOf = new Map(rules.map(([account, text]) => [account, JSON.parse(text as string) as AlertRule[]]));
  return heads.map(({ accountId, configVersion }) => ({
    accountId,
    configVersion,
    licenseeId: licenseeOf.get(accountId) ?? '',
    orderForms: forms
      .filter(([account]) => account === accountId)
      .map(([, orderFormId, signedAt, document]) => ({
        ...readOrderForm(orderFormId as string, JSON.parse(document as string) as OrderFormDocument),
        signedAt: Number.parseInt(signedAt as string, 10),
      })),
    announced: notices.filter(([account]) => account === accountId).map(readNotice),
    closedPeriods: periods.filter(([account]) => account === accountId).map(([, through]) => through as string),
    alertRules: rulesOf.get(accountId) ?? DEFAULT_RULES,
  }));
}

function readNotice(row: readonly (string | null)[]): AnnouncedVersion {
  const [, noticeId, cardId, version, effectiveDate, announcedOn, deliveredOn, deliveries, withdrawn] = row;
  return {
    noticeId: noticeId as string,
    cardId: cardId as string,
    version: Number.parseInt(version as string, 10),
    effectiveDate: effectiveDate as string,
    announcedOn: announcedOn as string,
    deliveredOn: deliveredOn ?? null,
    deliveries: JSON.parse(deliveries as string) as NoticeDelivery[],
    withdrawn: withdrawn === 't',
  };
}
