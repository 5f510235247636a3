import { describe, expect, it } from '@jest/globals';
import { shownGroups, type GroupMember } from '../../src/domain/analytics.js';
import { amount } from '../../src/domain/credits.js';

function members(group: string, shares: readonly (readonly [licensee: string, credits: string, actions: number])[]): GroupMember[] {
  return shares.map(([licenseeId, credits, actions]) => ({ group, licenseeId, credits: amount(credits), actions }));
}

const five = (['a', 'b', 'c', 'd', 'e'] as const).map((licensee) => [licensee, '10', 2] as const);

describe('what is shown across licensees (s.5)', () => {
  it('is a group of five at least, summed up', () => {
    expect(shownGroups(members('captions', five))).toEqual([{ group: 'captions', licensees: 5, credits: amount('50'), actions: 10 }]);
    expect(shownGroups(members('captions', five.slice(1)))).toEqual([]);
  });

  it('counts licensees and not their accounts', () => {
    expect(shownGroups(members('captions', [...five.slice(1), ['b', '10', 2]]))).toEqual([]);
  });

  it('leaves out a group of which one contributes more than half, of credits or of actions', () => {
    expect(shownGroups(members('captions', [...five.slice(1), ['a', '40', 2]]))).toHaveLength(1);
    expect(shownGroups(members('captions', [...five.slice(1), ['a', '40.000000001', 2]]))).toEqual([]);
    expect(shownGroups(members('captions', [...five.slice(1), ['a', '10', 9]]))).toEqual([]);
    // Also where it is spread over several accounts.
    expect(shownGroups(members('captions', [...five.slice(1), ['a', '20', 1], ['a', '20.000000001', 1]]))).toEqual([]);
  });

  it('judges each group by itself', () => {
    const shown = shownGroups([...members('captions', five), ...members('agents', five.slice(0, 4))]);
    expect(shown.map(({ group }) => group)).toEqual(['captions']);
  });
});
