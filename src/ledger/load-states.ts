import { alertsOf, type Alerts } from '../domain/alerting.js';
import { findLot, type AccountState } from '../domain/account-state.js';
import { compareBurnOrder } from '../domain/burn-order.js';
import type { Command } from '../domain/command.js';
import type { Contract } from '../domain/contract.js';
import { NO_CORRECTIONS } from '../domain/corrections.js';
import { amount } from '../domain/credits.js';
import { rateVersionId } from '../domain/rate.js';
import type { LedgerConnection } from './connection.js';
import type { Memory } from './memory.js';
import { addLots, changeState, withPriority } from './known-states.js';
import { loadNamedCorrections, withSettlements } from './load-corrections.js';
import { loadAlerts } from './sql/load-alerts.js';
import { loadNamedPurchases } from './load-named-purchases.js';
import { loadCitedDebits } from './sql/load-cited-debits.js';
import { loadContracts } from './sql/load-contracts.js';
import { loadLapsedLotIds } from './sql/load-ahead.js';
import type { HoldOfAccount } from './sql/load-holds.js';
import { LOTS_LOADED_FIRST, loadNamedLots, loadOpenLots, type LotOfAccount } from './sql/load-lots.js';
import { loadRateVersions } from './sql/load-rate-versions.js';
import type { AccountHead } from './sql/lock-accounts.js';

const NONE: ReadonlyMap<never, never> = new Map<never, never>();
/** As many lots as an account can have open; beyond, the rest is loaded when these are used up. */
const ALL_LOTS = 100_000;

/** The states of accounts whose heads were read under their locks, from memory where it is still the truth. */
export async function loadStates(
  connection: LedgerConnection,
  heads: readonly AccountHead[],
  loadedLots: ReadonlyMap<string, readonly LotOfAccount[]>,
  memory: Memory,
): Promise<Map<string, AccountState>> {
  const states = new Map<string, AccountState>();
  const missing: AccountHead[] = [];
  for (const head of heads) {
    const known = memory.stateOf(head.accountId);
    if (known?.headHash === head.headHash) states.set(head.accountId, known);
    else missing.push(head);
  }
  if (missing.length === 0) return states;

  const withoutLots = missing.filter(({ accountId }) => !loadedLots.has(accountId));
  const withoutContract = missing.filter(
    ({ accountId, configVersion }) => memory.contractOf(accountId)?.configVersion !== configVersion,
  );
  const [lots, contracts, alerts] = await Promise.all([
    withoutLots.length === 0 ? [] : loadOpenLots(connection, idsOf(withoutLots), LOTS_LOADED_FIRST),
    withoutContract.length === 0 ? [] : loadContracts(connection, withoutContract),
    loadAlerts(connection, idsOf(missing)),
  ]);
  const lotsOf = new Map([...loadedLots, ...byAccount(lots)]);
  const contractOf = new Map(contracts.map((contract) => [contract.accountId, contract]));
  for (const head of missing) {
    const contract = contractOf.get(head.accountId) ?? memory.contractOf(head.accountId);
    if (contract === undefined) throw new Error(`no contract was loaded for account ${head.accountId}`);
    const { fired, lastPurchase } = alerts.get(head.accountId) ?? { fired: NONE, lastPurchase: null };
    states.set(head.accountId, stateOf(head, contract, alertsOf(contract, fired, lastPurchase), lotsOf.get(head.accountId) ?? []));
  }
  await loadMissingRates(connection, [...states.values()], memory);
  return states;
}

/** Lots of accounts by account; an account that was asked for and has none is not in it. */
export function byAccount(lots: readonly LotOfAccount[]): Map<string, LotOfAccount[]> {
  const grouped = new Map<string, LotOfAccount[]>();
  for (const lot of lots) {
    const of = grouped.get(lot.accountId);
    if (of === undefined) grouped.set(lot.accountId, [lot]);
    else of.push(lot);
  }
  return grouped;
}

function idsOf(heads: readonly AccountHead[]): string[] {
  return heads.map(({ accountId }) => accountId);
}

function stateOf(head: AccountHead, contract: Contract, alerts: Alerts, lots: readonly LotOfAccount[]): AccountState {
  return {
    accountId: head.accountId,
    seq: head.seq,
    headHash: head.headHash,
    lastRecordedAt: head.lastRecordedAt,
    available: amount(head.available),
    held: amount(head.held),
    status: head.status,
    standing: head.standing,
    dueAt: head.dueAt,
    contract,
    alerts,
    lots: lots.map(({ lot }) => lot),
    moreLots: lots.length >= LOTS_LOADED_FIRST,
    otherLots: NONE,
    citedDebits: NONE,
    corrections: NO_CORRECTIONS,
    purchases: NONE,
    holds: NONE,
    payments: NONE,
  };
}

/** Loads the cards of every version that these accounts' lots, order forms and notices name. */
export async function loadMissingRates(
  connection: LedgerConnection,
  states: readonly AccountState[],
  memory: Memory,
  named: readonly { readonly cardId: string; readonly rateVersion: string }[] = [],
): Promise<void> {
  const cards = new Set<string>();
  const want = (cardId: string, version: string): void => {
    if (!memory.rates.has(version)) cards.add(cardId);
  };
  for (const { lots, otherLots, contract } of states) {
    for (const lot of lots) want(lot.cardId, lot.rateVersion);
    for (const lot of otherLots.values()) want(lot.cardId, lot.rateVersion);
    for (const form of contract.orderForms) want(form.cardId, rateVersionId(form.cardId, form.rateVersion));
    for (const announced of contract.announced) want(announced.cardId, rateVersionId(announced.cardId, announced.version));
  }
  for (const { cardId, rateVersion } of named) want(cardId, rateVersion);
  if (cards.size === 0) return;
  for (const version of await loadRateVersions(connection, cards)) memory.rates.set(version.id, version);
}

/** All open lots of an account whose first ones did not suffice; what this batch has changed already stays as it is. */
export async function loadAllLots(connection: LedgerConnection, state: AccountState, memory: Memory): Promise<AccountState> {
  const stored = await loadOpenLots(connection, [state.accountId], ALL_LOTS);
  const changed = new Map([...state.otherLots, ...state.lots.map((lot) => [lot.lotId, lot] as const)]);
  const lots = new Map(stored.map(({ lot }) => [lot.lotId, withPriority(lot, state.contract)]));
  for (const [lotId, lot] of changed) lots.set(lotId, lot);
  const next: AccountState = {
    ...state,
    lots: [...lots.values()].sort(compareBurnOrder),
    moreLots: stored.length >= ALL_LOTS,
    otherLots: NONE,
  };
  await loadMissingRates(connection, [next], memory);
  return next;
}

/** Adds what the commands of a batch name: debits to reverse with their lots, purchases, payments on record. */
export async function loadNamed(
  connection: LedgerConnection,
  states: Map<string, AccountState>,
  commands: readonly Command[],
  memory: Memory,
  now: number,
): Promise<void> {
  await loadNamedCorrections(connection, states, commands, now);
  await loadMissingRates(connection, [], memory, await loadNamedPurchases(connection, states, commands));
  const cited = commands.filter((command) => command.type === 'reverse' || command.type === 'settle-unfunded');
  const signed = commands.filter((command) => command.type === 'sign-order-form');
  const announced = commands.filter((command) => command.type === 'announce-rates');
  const onLots = commands.filter(namesLot);
  const arriving = commands.filter((command) => command.type === 'transfer-in');
  if (cited.length + signed.length + announced.length + onLots.length + arriving.length === 0) return;
  const debits = cited.length === 0 ? [] : await loadCitedDebits(connection, cited).then((found) => withSettlements(connection, found));
  const reinstated = await Promise.all(
    signed.map(async ({ accountId }) => (await loadLapsedLotIds(connection, accountId)).map((lotId) => ({ accountId, lotId }))),
  );
  const names = [
    ...debits.flatMap(({ accountId, debit }) => debit.legs.map(({ lotId }) => ({ accountId, lotId }))),
    ...onLots,
    ...reinstated.flat(),
  ];
  const lots = names.length === 0 ? [] : await loadNamedLots(connection, names);
  const change = (accountId: string, update: (state: AccountState) => Partial<AccountState>): void => {
    changeState(states, accountId, update);
  };
  for (const { accountId, debit } of debits) {
    change(accountId, (state) => ({ citedDebits: new Map(state.citedDebits).set(debit.seq, debit) }));
  }
  addLots(states, lots);
  const named = [
    ...signed.map(({ form }) => ({ cardId: form.cardId, rateVersion: rateVersionId(form.cardId, form.rateVersion) })),
    // Once the account is remembered nobody looks again: what its contract will name has to be there from now on.
    ...arriving.map(({ lot }) => lot),
    ...announced.map(({ cardId, version }) => ({ cardId, rateVersion: rateVersionId(cardId, version) })),
    ...lots.map(({ lot }) => lot),
  ];
  await loadMissingRates(connection, [], memory, named);
}

/** Adds the lots that holds stand on, where the states do not have them already, as they nearly always do. */
export async function loadLotsOfHolds(
  connection: LedgerConnection,
  states: Map<string, AccountState>,
  holds: readonly HoldOfAccount[],
  memory: Memory,
): Promise<void> {
  const missing = new Map<string, { accountId: string; lotId: number }>();
  for (const { accountId, hold } of holds) {
    const state = states.get(accountId);
    if (state === undefined) continue;
    for (const { lotId } of hold.legs) if (findLot(state, lotId) === undefined) missing.set(`${lotId}/${accountId}`, { accountId, lotId });
  }
  if (missing.size === 0) return;
  const lots = await loadNamedLots(connection, [...missing.values()]);
  addLots(states, lots);
  await loadMissingRates(connection, [], memory, lots.map(({ lot }) => lot));
}

function namesLot(command: Command): command is Extract<Command, { readonly lotId: number | null }> & { readonly lotId: number } {
  return 'lotId' in command && command.lotId !== null;
}
