import { addDays } from './calendar.js';
import { canonicalJson, type Json } from './canonical-json.js';
import type { Contract } from './contract.js';

/**
 * Accounting periods of an account (SPEC 13). Each closed one is named by its last calendar day; the open one begins the day
 * after. Closing and reopening are entries, so that a statement can say which of them it rests on.
 */
export function lastClosedDay({ closedPeriods }: Pick<Contract, 'closedPeriods'>): string | null {
  return closedPeriods.at(-1) ?? null;
}

/** The day that an entry is booked to: that of its event, or, where that is closed, the first day of the open period. */
export function accountingDay(contract: Contract, occurredOn: string): string {
  const closed = lastClosedDay(contract);
  return closed === null || occurredOn > closed ? occurredOn : addDays(closed, 1);
}

/** What an entry says that is booked to the open period, because its own was closed: the day it belongs to by its event. */
export function withLateDay(detail: string, occurredOn: string): string {
  return canonicalJson({ ...(JSON.parse(detail) as Readonly<Record<string, Json>>), lateFor: occurredOn });
}
