import type { Measure } from '../harness/measure.js';
import { alternate } from '../harness/rounds.js';
import { compare, type Goal } from '../harness/row.js';
import { runOnce, type Contestant, type Run } from '../harness/run.js';
import { engine } from '../subjects/engine.js';
import { holdAndCapture } from '../subjects/holding.js';
import { seedAccounts, seedHolds } from '../workload/seed.js';

const PLAIN = 'plain';
const LOTS = [3, 30, 300] as const;
const HOLDING = 'holding';
const WITH_HOLDS = 'with-holds';
const OPEN_HOLDS = 5_000;
const CALLERS = 256;

/** What holds and many lots cost on one busy account, against debits of an account that has few lots and no hold. */
export const holdsAndLots: Measure = {
  id: 'holds-and-lots',
  async run({ database, scale, progress }) {
    await seedAccounts(database, [PLAIN, HOLDING, WITH_HOLDS], 3);
    for (const lots of LOTS) await seedAccounts(database, [withLots(lots)], lots);
    progress(`placing ${OPEN_HOLDS.toLocaleString('en-US')} holds in one account`);
    await seedHolds(database, WITH_HOLDS, OPEN_HOLDS);
    const run = (contestant: Contestant) => () =>
      runOnce(database, contestant, { callers: CALLERS, warmUpMs: scale.warmUpMs, windowMs: scale.windowMs });
    const debitsOf = (account: string): (() => Promise<Run>) => run(engine(database, () => account));
    progress('rounds');
    const { plain, ...runs } = await alternate(scale.rounds, {
      plain: debitsOf(PLAIN),
      lots3: debitsOf(withLots(3)),
      lots30: debitsOf(withLots(30)),
      lots300: debitsOf(withLots(300)),
      withHolds: debitsOf(WITH_HOLDS),
      holding: run(holdAndCapture(database, HOLDING)),
    });
    const row = (id: string, title: string, subject: readonly [name: string, runs: readonly Run[]], goal: Goal | null = { kind: 'at-least', value: 0.5 }) =>
      compare({
        id: `holds-and-lots/${id}`,
        title,
        unit: 'debits/s',
        of: ({ rate }) => rate,
        subject,
        baseline: ['of 3 lots, no hold', plain],
        goal,
      });
    return [
      ...LOTS.map((lots) => row(`${String(lots)}-lots`, `one account of ${String(lots)} lots`, ['engine', runs[`lots${lots}`]])),
      row('open-holds', `one account with ${OPEN_HOLDS.toLocaleString('en-US')} open holds`, ['engine', runs.withHolds]),
      // Two commands and two commits, the second asked for when the first was answered: each is measured against a debit, and the pair shown beside.
      row('place-and-capture', 'holds placed and captured, by command', ['place, capture', runs.holding.map((run) => ({ ...run, rate: 2 * run.rate }))]),
      row('hold-and-capture', 'holds placed and captured, by pair', ['place + capture', runs.holding], null),
    ];
  },
};

function withLots(lots: number): string {
  return `with-${String(lots)}-lots`;
}
