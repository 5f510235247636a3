import type { AccountState, CitedDebit } from '../domain/account-state.js';
import { ADJUSTMENT_WINDOW_DAYS } from '../domain/adjustment.js';
import type { Command } from '../domain/command.js';
import { corrected, type CorrectionEffects } from '../domain/corrections.js';
import { withSettlement } from '../domain/unfunded.js';
import type { LedgerConnection } from './connection.js';
import type { CitedDebitOfAccount } from './sql/load-cited-debits.js';
import { loadAdjusted, loadDisputes, loadSettlements, loadUnfunded } from './sql/load-corrections.js';

const DAY_MS = 24 * 3_600_000;

/** Adds what corrections name: unfunded usage, disputes, and the adjustments that the limit counts. */
export async function loadNamedCorrections(
  connection: LedgerConnection,
  states: Map<string, AccountState>,
  commands: readonly Command[],
  now: number,
): Promise<void> {
  const onUsage = commands.filter(({ type }) => type === 'reverse' || type === 'settle-unfunded' || type === 'waive-unfunded') as Extract<
    Command,
    { readonly seq: number; readonly type: 'reverse' | 'settle-unfunded' | 'waive-unfunded' }
  >[];
  const onDisputes = commands.filter((command) => command.type === 'open-dispute' || command.type === 'close-dispute');
  const adjusted = [...new Set(commands.filter(({ type }) => type === 'adjust').map(({ accountId }) => accountId))];
  if (onUsage.length + onDisputes.length + adjusted.length === 0) return;
  const [usages, disputes, adjustments] = await Promise.all([
    onUsage.length === 0 ? [] : loadUnfunded(connection, onUsage),
    onDisputes.length === 0 ? [] : loadDisputes(connection, onDisputes),
    // One day more than counts: an account may be ahead of the clock.
    adjusted.length === 0 ? [] : loadAdjusted(connection, adjusted, now - (ADJUSTMENT_WINDOW_DAYS + 1) * DAY_MS),
  ]);
  for (const { accountId, ...found } of [...usages, ...disputes, ...adjustments] as readonly (CorrectionEffects & { accountId: string })[]) {
    const state = states.get(accountId);
    if (state !== undefined) states.set(accountId, { ...state, corrections: corrected(state.corrections, found) });
  }
}

/** Cited debits with what settlements paid for them since: their newest legs. */
export async function withSettlements(connection: LedgerConnection, debits: readonly CitedDebitOfAccount[]): Promise<CitedDebitOfAccount[]> {
  if (debits.length === 0) return [];
  const settled = await loadSettlements(connection, debits.map(({ accountId, debit }) => ({ accountId, seq: debit.seq })));
  return debits.map(({ accountId, debit }) => {
    const leg = settled.find((other) => other.accountId === accountId && other.seq === debit.seq);
    if (leg === undefined) return { accountId, debit };
    const whole: CitedDebit = withSettlement(debit, leg.lotId, leg.rateVersion, leg.share, leg.credits);
    return { accountId, debit: { ...whole, legs: whole.legs.map((one) => (one.lotId === leg.lotId ? { ...one, reversed: leg.reversed } : one)) } };
  });
}
