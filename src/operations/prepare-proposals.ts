import type { DataSource } from 'typeorm';
import { insertDueProposals } from '../postgres/catalogue/proposals.js';

/**
 * P5, P6: prepares a draft purchase for every replenishment rule whose account runs short, and stops there. Nothing is placed,
 * charged or debited: from here no path leads to a purchase, and a test of the layers holds it.
 */
export class PrepareProposals {
  constructor(private readonly database: DataSource) {}

  /** Returns how many drafts were prepared. */
  run(): Promise<number> {
    return insertDueProposals(this.database);
  }
}
