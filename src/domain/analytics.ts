import { ZERO, type Amount } from './credits.js';

/** s.5: no group of fewer licensees is shown. */
const SMALLEST_GROUP = 5;

export interface GroupMember {
  readonly group: string;
  readonly licenseeId: string;
  readonly credits: Amount;
  readonly actions: number;
}

export interface Group {
  readonly group: string;
  readonly licensees: number;
  readonly credits: Amount;
  readonly actions: number;
}

/**
 * Groups that may be shown across licensees (s.5): of at least five, none of which contributes more than half, of credits or
 * of actions. The others are left out whole, and so is any sum over all groups, from which they could be worked out.
 */
export function shownGroups(members: readonly GroupMember[]): readonly Group[] {
  const groups = new Map<string, GroupMember[]>();
  for (const member of members) groups.set(member.group, [...(groups.get(member.group) ?? []), member]);
  return [...groups]
    .filter(([, of]) => mayBeShown(of))
    .map(([group, of]) => ({ group, licensees: new Set(of.map(({ licenseeId }) => licenseeId)).size, credits: sumOf(of), actions: actionsOf(of) }));
}

function mayBeShown(members: readonly GroupMember[]): boolean {
  const licensees = new Set(members.map(({ licenseeId }) => licenseeId));
  if (licensees.size < SMALLEST_GROUP) return false;
  const credits = sumOf(members);
  const actions = actionsOf(members);
  return [...licensees].every((id) => {
    const own = members.filter(({ licenseeId }) => licenseeId === id);
    return sumOf(own).mul(2).lte(credits) && actionsOf(own) * 2 <= actions;
  });
}

function sumOf(members: readonly GroupMember[]): Amount {
  return members.reduce((sum, { credits }) => sum.add(credits), ZERO);
}

function actionsOf(members: readonly GroupMember[]): number {
  return members.reduce((sum, { actions }) => sum + actions, 0);
}
