import { ZERO, formatCredits, formatShare } from '../../domain/credits.js';
import type { Quoted } from '../../ledger/ledger.js';
import { balanceOf } from './entry-json.js';

/** What a debit would come to: who would pay what of it, and what no credit is there for. */
export function quoteView({ admitted, state }: Quoted): string {
  const { legs, covered, shortfall } = admitted.priced;
  const missing = shortfall?.credits ?? ZERO;
  const charged = admitted.ordered.mode === 'credits';
  const quote = {
    billing: admitted.ordered.mode,
    required: formatCredits(charged ? covered.add(missing) : ZERO),
    covered: formatCredits(charged ? covered : ZERO),
    shortfall: formatCredits(charged ? missing : ZERO),
    legs: (charged ? legs : []).map(({ lot, rateVersion, share, credits }) => ({
      lotId: lot.lotId,
      rateVersion,
      share: formatShare(share),
      credits: formatCredits(credits),
    })),
  };
  return `${JSON.stringify(quote).slice(0, -1)},"balance":${balanceOf(state.available, state.held)},"asOfSeq":${state.seq}}`;
}
