import { instantText } from '../../domain/calendar.js';
import { formatCredits, type Amount } from '../../domain/credits.js';
import type { Entry } from '../../domain/entry.js';

/**
 * Entries as JSON. By hand, because a bulk answers a thousand of them; a test holds it to what the schemas say. Everything
 * in it comes from the entry alone, so that a replay is answered to the byte as the first time.
 */
export function entryJson(entry: Entry): string {
  let postings = '';
  for (const { line, lotId, from, to, credits, rateVersion, share, lotAvailableAfter, lotHeldAfter } of entry.postings) {
    postings += `${postings === '' ? '' : ','}{"line":${line},"lotId":${lotId},"from":"${from}","to":"${to}","credits":"${formatCredits(
      credits,
    )}","rateVersion":${text(rateVersion)},"share":${text(share)},"lotAvailableAfter":"${formatCredits(
      lotAvailableAfter,
    )}","lotHeldAfter":"${formatCredits(lotHeldAfter)}"}`;
  }
  return `{"accountId":${text(entry.accountId)},"seq":${entry.seq},"type":"${entry.type}","occurredAt":"${instantText(
    entry.occurredAt,
  )}","recordedAt":"${instantText(entry.recordedAt)}","accountingDate":"${entry.accountingDate}","actor":${text(
    entry.actor,
  )},"feature":${text(entry.feature)},"subject":${text(entry.subject)},"cites":${entry.cites},"credits":"${formatCredits(
    entry.credits,
  )}","unfunded":${entry.unfunded === null ? 'null' : `"${formatCredits(entry.unfunded)}"`},"rateVersion":${text(
    entry.rateVersion,
  )},"endUser":${text(entry.endUser)},"metadataHash":${text(entry.metadataHash)},"detail":${entry.detail},"postings":[${postings}],"hashVersion":${
    entry.hashVersion
  },"hash":"${entry.hash}"}`;
}

/** The account after an entry. */
function balanceJson({ availableAfter, heldAfter }: Pick<Entry, 'availableAfter' | 'heldAfter'>): string {
  return balanceOf(availableAfter, heldAfter);
}

export function balanceOf(available: Amount, held: Amount): string {
  const free = formatCredits(available);
  if (held.isZero()) return `{"balance":"${free}","available":"${free}","held":"0.000000000"}`;
  return `{"balance":"${formatCredits(available.add(held))}","available":"${free}","held":"${formatCredits(held)}"}`;
}

export function bookedMembers(entry: Entry): string {
  return `"entry":${entryJson(entry)},"balance":${balanceJson(entry)}`;
}

/** An entry of a list, with the account after it: a ledger with its running balance. */
export function listedEntryJson(entry: Entry): string {
  return `${entryJson(entry).slice(0, -1)},"balance":${balanceJson(entry)}}`;
}

const NEEDS_ESCAPE = /[^ !#-[\]-~]/;

function text(value: string | null): string {
  if (value === null) return 'null';
  return NEEDS_ESCAPE.test(value) ? JSON.stringify(value) : `"${value}"`;
}
