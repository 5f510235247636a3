import type { AccountState } from '../domain/account-state.js';
import type { Booked } from '../domain/booking.js';
import type { Entry } from '../domain/entry.js';
import type { Bucket } from '../domain/lot.js';
import { withPriority } from './known-states.js';
import type { HoldOfAccount } from './sql/load-holds.js';
import type { LotOfAccount } from './sql/load-lots.js';

interface HoldsChanged {
  readonly placed: readonly HoldOfAccount[];
  readonly altered: readonly HoldOfAccount[];
}

/** Every hold that these entries changed, once, as the last of them left it. */
export function holdsChanged(bookings: readonly Booked[]): HoldsChanged {
  const placed = new Map<string, HoldOfAccount>();
  const altered = new Map<string, HoldOfAccount>();
  for (const { entry, effects } of bookings) {
    if (effects.hold === undefined) continue;
    const { accountId } = entry;
    const key = `${accountId}/${effects.hold.holdId}`;
    (entry.type === 'hold' || placed.has(key) ? placed : altered).set(key, { accountId, hold: effects.hold });
  }
  return { placed: [...placed.values()], altered: [...altered.values()] };
}

/** Lots that entries changed, by what has to be written of them. */
interface LotsChanged {
  readonly opened: readonly LotOfAccount[];
  /** Changed by use alone, as nearly all are. */
  readonly burnt: readonly LotOfAccount[];
  readonly touched: readonly LotOfAccount[];
  /** Besides: those whose standing in a dispute has to be written. */
  readonly disputed: readonly LotOfAccount[];
}

/** Every lot that these entries changed, once, as it stands after the last of them. */
export function lotsChanged(bookings: readonly Booked[], states: ReadonlyMap<string, AccountState>): LotsChanged {
  const opened = new Map<string, LotOfAccount>();
  const burnt = new Map<string, LotOfAccount>();
  const touched = new Map<string, LotOfAccount>();
  const disputed = new Map<string, LotOfAccount>();
  for (const { entry, opened: lot, touchedLots, effects } of bookings) {
    const { accountId } = entry;
    const { contract } = states.get(accountId) as AccountState;
    if (lot !== null) opened.set(`${lot.lotId}/${accountId}`, { accountId, lot: withPriority(lot, contract) });
    for (const changed of touchedLots) {
      const key = `${changed.lotId}/${accountId}`;
      const isDisputed = changed.condition !== 'normal' || effects.condition?.lotId === changed.lotId || disputed.has(key);
      const standing = { accountId, lot: withPriority(changed, contract) };
      if (isDisputed) disputed.set(key, standing);
      if (opened.has(key)) opened.set(key, standing);
      else if (isUse(entry) && standing.lot === changed && !isDisputed && !touched.has(key)) burnt.set(key, standing);
      else {
        burnt.delete(key);
        touched.set(key, standing);
      }
    }
  }
  return { opened: [...opened.values()], burnt: [...burnt.values()], touched: [...touched.values()], disputed: [...disputed.values()] };
}

/** Whether an entry moves credits as use alone does: available, held, consumed. */
function isUse({ postings }: Entry): boolean {
  return postings.every(({ from, to }) => OF_USE.has(from) && OF_USE.has(to));
}

const OF_USE: ReadonlySet<Bucket> = new Set<Bucket>(['available', 'held', 'consumed']);
