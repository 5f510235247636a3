import { amount, type Amount } from '../../src/domain/credits.js';
import type { Ledger } from '../../src/ledger/ledger.js';
import { newDebit } from '../workload/debits.js';
import { randomDigest } from '../workload/random.js';
import { grant } from '../workload/seed.js';

/** The balance that accounts begin with: each debit takes them below, and what is given back a hair above. */
const THRESHOLD = '1000000000';
const HAIR = amount('0.000000001');
const TICK_MS = 10;

/** A crossing that was committed, and when, by `performance.now()`. */
export type Committed = Map<string, number>;

export function crossingOf(accountId: string, seq: number): string {
  return `${accountId} ${String(seq)}`;
}

/** A rule for each account that every debit crosses. */
export async function setRules(ledger: Ledger, accounts: readonly string[]): Promise<void> {
  await Promise.all(
    accounts.map((accountId) =>
      ledger.execute({
        type: 'change-alert-rules',
        accountId,
        actor: 'key:bench',
        keyDigest: randomDigest(),
        fingerprint: randomDigest(),
        ruleId: 'bench',
        rule: { ruleId: 'bench', event: 'balance.below', credits: THRESHOLD, muted: false, mail: [], webhooks: true },
        mustExist: false,
      }),
    ),
  );
}

/**
 * Lets accounts cross their thresholds in turn, at a rate, until it is stopped: once all have, all are given back what they used,
 * together, so that little is measured but crossings. Returns how to stop; it ends with the last one under way.
 */
export function crossAtRate(ledger: Ledger, accounts: readonly string[], perSecond: number, committed: Committed): () => Promise<void> {
  const began = performance.now();
  const turns = new Map<string, Promise<void>>();
  const used = new Map<string, Amount>();
  const given = new Map<string, Promise<unknown>>();
  let asked = 0;
  const giveBack = (): void => {
    for (const [accountId, credits] of used) given.set(accountId, ledger.execute(grant(accountId, credits.add(HAIR))));
    used.clear();
  };
  const cross = async (accountId: string): Promise<void> => {
    if (used.has(accountId)) giveBack();
    await given.get(accountId);
    const verdict = await ledger.execute(newDebit(accountId));
    if (!verdict.ok) throw new Error(`a debit was refused: ${verdict.refusal.code}`);
    committed.set(crossingOf(accountId, verdict.entry.seq), performance.now());
    used.set(accountId, verdict.entry.credits);
  };
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - began) / 1_000) * perSecond);
    for (; asked < due; asked += 1) {
      const accountId = accounts[asked % accounts.length] as string;
      turns.set(accountId, (turns.get(accountId) ?? Promise.resolve()).then(() => cross(accountId)));
    }
  }, TICK_MS);
  return async () => {
    clearInterval(timer);
    await Promise.all(turns.values());
    giveBack();
    await Promise.all(given.values());
  };
}
