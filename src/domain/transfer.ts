import { findLot, type AccountState } from './account-state.js';
import { OWN_LOT, type Booking, type Context, type LotDraft } from './booking.js';
import { DEFAULT_PRIORITY } from './burn-order.js';
import { plain } from './buying.js';
import { instantText, localDate } from './calendar.js';
import { canonicalJson, type Json } from './canonical-json.js';
import type { TransferConsent, TransferIn, TransferOut } from './command.js';
import { priorityOf, zoneOf } from './contract.js';
import { refusal, type Refusal } from './errors.js';
import { lotDetail } from './grant.js';
import { exceedsLot, lotNotFound, lotRefunded, moving } from './lot-moves.js';
import { lacksSecondOperator } from './second-operator.js';

/**
 * P7: credits stay in the account that bought them. With Kaltura's prior written consent two operators may move what is
 * available of a lot; the consent document has to be older than the transfer. This half takes the credits out.
 */
export function decideTransferOut(state: AccountState, command: TransferOut, context: Context): Booking[] | Refusal {
  const { consent, toAccountId } = command;
  if (consent === null) return nonTransferable('Credits are non-transferable without prior written consent: name its document.');
  if (consent.date >= localDate(context.now, zoneOf(state.contract))) {
    return nonTransferable('The consent has to be given before the transfer: its document is not older.');
  }
  const lot = findLot(state, command.lotId);
  if (lot === undefined) return lotNotFound();
  if (lot.condition === 'refunded') return lotRefunded();
  if (lot.condition === 'frozen') {
    return refusal('lot-frozen', 'The payment of this lot is disputed: it stays until finance has decided.', { pointer: '/lotId' });
  }
  const credits = command.credits ?? lot.buckets.available;
  if (credits.isZero() || credits.gt(lot.buckets.available)) return exceedsLot(lot.buckets.available);
  const lacks = lacksSecondOperator(command);
  if (lacks !== null) return lacks;
  return [
    {
      draft: {
        ...plain(command),
        type: 'transfer-out',
        occurredAt: context.now,
        subject: toAccountId,
        cites: lot.lotId,
        credits,
        rateVersion: lot.rateVersion,
        // All that the other half needs: it is made of this entry alone.
        detail: canonicalJson({
          clause: 'P7',
          consent: consentJson(consent),
          lot: {
            cardId: lot.cardId,
            currency: lot.currency,
            kind: lot.kind,
            lotId: String(lot.lotId),
            orderFormId: lot.orderFormId,
            purchaseId: lot.purchaseId,
            unitPrice: lot.unitPrice,
            validUntil: lot.validUntil === null ? null : instantText(lot.validUntil),
          },
          requestedBy: command.requestedBy,
          toAccountId,
        }),
        postings: moving(lot.lotId, 'available', 'transferred', credits),
      },
      effects: { transfer: { lotId: lot.lotId, toAccountId, credits } },
    },
  ];
}

/** The other half: a lot that keeps its source, rate version and unit price, kind and purchase. */
export function decideTransferIn(state: AccountState, command: TransferIn, context: Context): Booking[] | Refusal {
  const { lot, source, consent, requestedBy, credits } = command;
  const draft: LotDraft = {
    ...lot,
    allocatedAt: context.now,
    priority: priorityOf(state.contract, lot.kind) ?? DEFAULT_PRIORITY[lot.kind],
    source: { accountId: source.accountId, lotId: source.lotId },
  };
  return [
    {
      draft: {
        ...plain(command),
        type: 'transfer-in',
        occurredAt: context.now,
        subject: source.accountId,
        credits,
        rateVersion: lot.rateVersion,
        detail: canonicalJson({
          ...lotDetail(draft),
          clause: 'P7',
          consent: consentJson(consent),
          requestedBy,
          sourceEntry: String(source.seq),
        }),
        postings: [{ lotId: OWN_LOT, from: 'issued', to: 'available', credits, rateVersion: lot.rateVersion, share: null }],
      },
      opens: draft,
      effects: { arrival: { fromAccountId: source.accountId, fromSeq: source.seq } },
    },
  ];
}

function consentJson({ reference, date, sha256 }: TransferConsent): Json {
  return { reference, date, sha256 };
}

function nonTransferable(detail: string): Refusal {
  return refusal('non-transferable', detail, { pointer: '/consent', data: { clause: 'P7' } });
}
