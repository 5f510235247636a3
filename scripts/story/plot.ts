/** Rates of one version: credits for one token. */
export interface TokenRates {
  readonly inputTokens: string;
  readonly outputTokens: string;
}

/** One account that buys twice, at different rates. */
export interface Plot {
  readonly licensee: { readonly licenseeId: string; readonly legalName: string };
  readonly accountId: string;
  readonly card: { readonly cardId: string; readonly name: string };
  readonly orderFormNumber: string;
  readonly feature: string;
  readonly firstRates: TokenRates;
  readonly secondRates: TokenRates;
  readonly firstCredits: string;
  readonly secondCredits: string;
}


/** The addendum that the order forms were signed under: its edition, and the SHA-256 of its text. */
export const ADDENDUM = {
  addendumVersion: '2026-03-22',
  addendumHash: 'e4bb3f5ae47b7dad746dc898f14bc4e18cf747d0ccdde0990448c4440bd04571',
} as const;

/** Price of one credit, and what is paid for some (a whole number of them). */
export const UNIT_PRICE = '0.01';
export const CURRENCY = 'EUR';

export function priceOf(credits: string): string {
  const cents = BigInt(credits);
  return `${String(cents / 100n)}.${String(cents % 100n).padStart(2, '0')}`;
}
