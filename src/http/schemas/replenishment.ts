import { z } from 'zod';
import { PROPOSAL_STATES } from '../../postgres/catalogue/proposals.js';
import { nonNegativeAmount, positiveAmount } from './values.js';

/** Replenishment rules and the drafts that they prepare. */
export const newReplenishmentRule = z
  .strictObject({
    balanceAt: nonNegativeAmount.meta({ description: 'A draft is prepared when the balance is at or below this.' }),
    credits: positiveAmount.meta({ description: 'What the draft proposes to buy.' }),
  })
  .meta({ id: 'NewReplenishmentRule' });
export const replenishmentRuleAnswer = z
  .strictObject({ ruleId: z.string(), balanceAt: z.string(), credits: z.string(), createdAt: z.string().meta({ format: 'date-time' }) })
  .meta({ id: 'ReplenishmentRule' });
export const replenishmentRulesAnswer = z.strictObject({ items: z.array(replenishmentRuleAnswer) }).meta({ id: 'ReplenishmentRules' });
export const proposalAnswer = z
  .strictObject({
    proposalId: z.string(),
    ruleId: z.string(),
    credits: z.string(),
    balance: z.string().meta({ description: 'The balance for which it was prepared.' }),
    state: z.enum(PROPOSAL_STATES),
    createdAt: z.string().meta({ format: 'date-time' }),
    resolvedAt: z.string().nullable(),
    purchaseId: z.string().nullable(),
  })
  .meta({ id: 'PurchaseProposal', description: 'A draft. It costs nothing until an admin of the licensee confirms it (P6).' });
export const proposalsAnswer = z.strictObject({ items: z.array(proposalAnswer) }).meta({ id: 'PurchaseProposals' });
