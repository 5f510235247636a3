import type { AccountState } from './account-state.js';
import type { Booking, Context } from './booking.js';
import { plain } from './buying.js';
import { addDays, localDate } from './calendar.js';
import { canonicalJson } from './canonical-json.js';
import type { ClosePeriod, ReopenPeriod } from './period-commands.js';
import { lastClosedDay } from './accounting-day.js';
import { zoneOf, type Contract } from './contract.js';
import { refusal, type Refusal } from './errors.js';
import { lacksSecondOperator } from './second-operator.js';

/** Closes all days up to `through`, which has to be over in the account's own calendar. */
export function decidePeriodClosing(state: AccountState, { through, ...origin }: ClosePeriod, context: Context): Booking[] | Refusal {
  const { contract } = state;
  if (contract.orderForms.length === 0) {
    return refusal('order-form-not-found', 'The first period begins with the Term, and this account has signed no order form.');
  }
  const today = localDate(context.now, zoneOf(contract));
  if (through >= today) {
    return refusal('period-not-over', 'A period is closed once its last day is over in the calendar of the account.', { pointer: '/through', data: { today } });
  }
  const closed = lastClosedDay(contract);
  if (closed !== null && through <= closed) {
    return refusal('period-closed', 'These days are closed already.', { pointer: '/through', data: { closedThrough: closed } });
  }
  const closedPeriods = [...contract.closedPeriods, through];
  return [
    {
      draft: {
        ...plain(origin),
        type: 'period-closed',
        occurredAt: context.now,
        subject: through,
        detail: canonicalJson({ from: closed === null ? null : addDays(closed, 1), through }),
      },
      effects: { contract: withPeriods(contract, closedPeriods), period: { through, closed: true } },
    },
  ];
}

/** Reopens a closed period, and with it those after it. Two operators have to want it. */
export function decidePeriodReopening(state: AccountState, command: ReopenPeriod, context: Context): Booking[] | Refusal {
  const { contract } = state;
  const { through, reason, requestedBy } = command;
  if (!contract.closedPeriods.includes(through)) {
    return refusal('period-not-found', 'No closed period of this account ends on that day.', { pointer: '/through' });
  }
  const lacks = lacksSecondOperator(command);
  if (lacks !== null) return lacks;
  const closedPeriods = contract.closedPeriods.filter((other) => other < through);
  return [
    {
      draft: {
        ...plain(command),
        type: 'period-reopened',
        occurredAt: context.now,
        subject: through,
        detail: canonicalJson({ closedThrough: closedPeriods.at(-1) ?? null, reason, requestedBy, through }),
      },
      effects: { contract: withPeriods(contract, closedPeriods), period: { through, closed: false } },
    },
  ];
}

function withPeriods(contract: Contract, closedPeriods: readonly string[]): Contract {
  return { ...contract, closedPeriods, configVersion: contract.configVersion + 1 };
}
