import type { Command } from '../../src/domain/command.js';
import { DEFAULT_HOLD_TTL_MS } from '../../src/domain/hold.js';
import type { BenchDatabase } from '../harness/database.js';
import type { Contestant } from '../harness/run.js';
import { nextUsage } from '../workload/debits.js';
import { captureOf, newHold } from '../workload/holds.js';
import { openLedger } from './engine.js';

/** Each operation places a hold, waits for the answer, and captures it: two entries, durable when it is over. */
export function holdAndCapture(database: BenchDatabase, accountId: string): Contestant {
  return {
    open() {
      const ledger = openLedger(database);
      const book = async (command: Command): Promise<void> => {
        const verdict = await ledger.execute(command);
        if (!verdict.ok) throw new Error(`${command.type} was refused: ${verdict.refusal.code}: ${verdict.refusal.detail}`);
      };
      return Promise.resolve({
        operation: async () => {
          const usage = nextUsage();
          const hold = newHold(accountId, usage, DEFAULT_HOLD_TTL_MS);
          await book(hold);
          await book(captureOf(hold, usage));
        },
        close: () => ledger.drain(),
      });
    },
  };
}
