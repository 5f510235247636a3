import { accountingDay, lastClosedDay } from '../accounting-day.js';
import { addDays, localDate } from '../calendar.js';
import { zoneOf, type Contract } from '../contract.js';
import type { Entry } from '../entry.js';
import { lacksSecondOperator } from '../second-operator.js';
import type { Findings } from './difference.js';
import { lowerDue } from './due-by-then.js';
import { atEntry, member, type Replay } from './replay.js';

type Detail = Readonly<Record<string, unknown>>;

/** SPEC 13: a period is closed once it is over, and once. */
export function checkPeriodClosing(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const { contract } = replay;
  const through = entry.subject ?? '';
  const closed = lastClosedDay(contract);
  const today = localDate(entry.recordedAt, zoneOf(contract));
  findings.same(at, 'last day of the period', through, member(detail, 'through'));
  findings.same(at, 'first day of the period', closed === null ? null : addDays(closed, 1), member(detail, 'from'));
  if (through >= today) findings.differ(at, 'last day of the period', `before ${today}`, through);
  if (closed !== null && through <= closed) findings.differ(at, 'last day of the period', `after ${closed}`, through);
  change(replay, [...contract.closedPeriods, through]);
}

export function checkPeriodReopening(replay: Replay, entry: Entry, detail: Detail, findings: Findings): void {
  const at = atEntry(entry);
  const through = entry.subject ?? '';
  const { closedPeriods } = replay.contract;
  const left = closedPeriods.filter((other) => other < through);
  if (!closedPeriods.includes(through)) findings.differ(at, 'period', 'a closed one', through);
  findings.same(at, 'last day of the period', through, member(detail, 'through'));
  findings.same(at, 'last closed day', left.at(-1) ?? null, member(detail, 'closedThrough'));
  const requestedBy = member(detail, 'requestedBy');
  if (lacksSecondOperator({ requestedBy, actor: entry.actor }) !== null) findings.differ(at, 'second operator', 'another one', requestedBy);
  change(replay, left);
}

/** Nothing is booked to a closed period: what belongs to one is booked to the open one, and says so. */
export function checkAccountingDate(replay: Replay, entry: Entry, findings: Findings): void {
  const occurredOn = localDate(entry.occurredAt, zoneOf(replay.contract));
  const expected = accountingDay(replay.contract, occurredOn);
  findings.same(atEntry(entry), 'accounting date', expected, entry.accountingDate);
  const { lateFor } = JSON.parse(entry.detail) as { readonly lateFor?: string };
  findings.same(atEntry(entry), 'day of an event whose period is closed', expected === occurredOn ? null : occurredOn, lateFor ?? null);
}

function change(replay: Replay, closedPeriods: readonly string[]): void {
  const contract: Contract = { ...replay.contract, closedPeriods, configVersion: replay.contract.configVersion + 1 };
  replay.contract = contract;
  // As the ledger does after every change of the contract.
  lowerDue(replay, 0);
}
