import type { BreakKind, BreakResolution } from '../../domain/break.js';
import type { ToldBreak } from '../../domain/event.js';
import { creditsText, dayText } from './figures.js';

/** Differences as a licensee reads of them: only kinds that touch its balance are told. */
const KINDS: Readonly<Partial<Record<BreakKind, string>>> = {
  'payment-reversed': 'The bank took back a payment whose credits were allocated',
  'return-to-refunded-lot': 'Credits came back to a lot that was refunded before',
  'ledger-difference': 'A balance, a lot or an entry is not what the entries add up to',
  'allocation-without-payment': 'Credits were allocated without a payment on record',
  'allocation-missing': 'A paid purchase has no credits',
  'allocation-unexpected': 'Credits of a purchase that is not paid',
  'allocation-differs': 'Other credits were allocated than were bought',
  'usage-missing': 'Usage that was not debited',
  'usage-different': 'Usage that was debited otherwise than it was reported',
  'usage-debited-twice': 'The same usage debited twice',
  'usage-not-in-file': 'A debit without usage in the report of the feature',
};

const RESOLUTIONS: Readonly<Record<BreakResolution, string>> = {
  matched: 'matched with what it belongs to',
  returned: 'the money was returned',
  corrected: 'corrected by an entry of its own',
  accepted: 'explained, nothing had to be corrected',
  duplicate: 'the same as another difference',
};

/** One line for each that is listed, and one for those that are not. */
export function breakFigures(count: number, breaks: readonly (ToldBreak & { readonly resolution?: BreakResolution })[]): (readonly [string, string])[] {
  const lines = breaks.map(({ kind, credits, amount, currency, foundAt, resolution }) => {
    const about = [credits === null ? [] : [creditsText(credits)], amount === null ? [] : [`${amount} ${currency ?? ''}`]].flat().join(', ');
    const when = resolution === undefined ? `found ${dayText(foundAt)}` : RESOLUTIONS[resolution];
    return [KINDS[kind] ?? kind, about === '' ? when : `${about}; ${when}`] as const;
  });
  return count === breaks.length ? lines : [...lines, ['Further ones', String(count - breaks.length)]];
}

export function differencesText(count: number): string {
  return count === 1 ? 'a difference' : `${count} differences`;
}

const CHANGES: Readonly<Record<'first' | 'substantial' | 'minor' | 'required-by-law', string>> = {
  first: 'The first version of the privacy notice was published.',
  substantial: 'The privacy notice changes in substance.',
  minor: 'The privacy notice changes in a minor point.',
  'required-by-law': 'The privacy notice changes because the law requires it.',
};

export function privacyChangeText(change: keyof typeof CHANGES): string {
  return CHANGES[change];
}
