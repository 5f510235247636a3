import type { DataSource } from 'typeorm';
import { amount } from '../domain/credits.js';
import { refuse } from '../domain/errors.js';
import type { Ledger } from '../ledger/ledger.js';
import type { Verdict } from '../ledger/verdict.js';
import { readPricesFor } from '../postgres/catalogue/prices.js';
import { readProposal, resolveProposal, type PurchaseProposal } from '../postgres/catalogue/proposals.js';
import { shortDigest } from '../domain/hash-chain.js';
import type { Requester } from './keyed-request.js';

/** P6: what a rule prepared becomes a purchase only by the act of an admin of the licensee, or is discarded. */
export class ResolveProposal {
  constructor(
    private readonly database: DataSource,
    private readonly ledger: Ledger,
  ) {}

  /** The purchase is placed under the proposal's own key: confirmed twice, it is bought once. */
  async confirm(accountId: string, proposalId: string, requester: Requester): Promise<Verdict> {
    const proposal = await this.openProposal(accountId, proposalId, 'confirmed');
    const verdict = await this.ledger.execute({
      type: 'place-purchase',
      accountId,
      actor: requester.actor,
      keyDigest: shortDigest(`sys:proposal:${proposalId}`),
      fingerprint: shortDigest(JSON.stringify(['proposal', accountId, proposalId])),
      purchaseId: proposalId,
      orderFormId: null,
      credits: amount(proposal.credits),
      prices: await readPricesFor(this.database, accountId),
    });
    if (verdict.ok) {
      await resolveProposal(this.database, proposal, { state: 'confirmed', actor: requester.actor, purchaseId: proposalId });
    }
    return verdict;
  }

  async discard(accountId: string, proposalId: string, requester: Requester): Promise<PurchaseProposal> {
    const proposal = await this.openProposal(accountId, proposalId, 'discarded');
    await resolveProposal(this.database, proposal, { state: 'discarded', actor: requester.actor, purchaseId: null });
    return (await readProposal(this.database, accountId, proposalId)) ?? proposal;
  }

  /** A draft, or one that has ended in this very way before: then the answer is the same again. */
  private async openProposal(accountId: string, proposalId: string, end: PurchaseProposal['state']): Promise<PurchaseProposal> {
    const proposal = await readProposal(this.database, accountId, proposalId);
    if (proposal === null) return refuse('proposal-not-found', 'This account has no such proposal.');
    if (proposal.state !== 'draft' && proposal.state !== end) {
      return refuse('proposal-resolved', `The proposal is ${proposal.state}.`, { data: { state: proposal.state } });
    }
    return proposal;
  }
}
