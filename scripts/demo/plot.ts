import type { Plot } from '../story/plot.js';

/** Who buys the credits that the recorded hour uses up. Ids are fixed: the demo run twice is the same account. */
export const TRACE_PLOT: Plot = {
  licensee: { licenseeId: 'trace-licensee', legalName: 'Licensee of the recorded hour' },
  accountId: 'trace-2023',
  card: { cardId: 'trace-card', name: 'Rates of the recorded hour' },
  orderFormNumber: 'OF-TRACE-1',
  feature: 'agents',
  firstRates: { inputTokens: '0.00015', outputTokens: '0.0006' },
  secondRates: { inputTokens: '0.0002', outputTokens: '0.0008' },
  firstCredits: '3000',
  secondCredits: '5000',
};
