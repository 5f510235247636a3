import type { Plot } from '../story/plot.js';

/** The account that a new sandbox has to try things out on. */
export const DEMO_PLOT: Plot = {
  licensee: { licenseeId: 'demo-licensee', legalName: 'Demo Licensee Ltd' },
  accountId: 'demo',
  card: { cardId: 'demo-card', name: 'Rates for trying out' },
  orderFormNumber: 'OF-DEMO-1',
  feature: 'agents',
  firstRates: { inputTokens: '0.00015', outputTokens: '0.0006' },
  secondRates: { inputTokens: '0.0002', outputTokens: '0.0008' },
  firstCredits: '1000',
  secondCredits: '2000',
};

/** How long ago the story of a new sandbox begins: time for a notice's thirty days, and some. */
export const STORY_DAYS = 60;
