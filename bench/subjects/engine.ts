import { Ledger } from '../../src/ledger/ledger.js';
import type { BenchDatabase } from '../harness/database.js';
import type { Contestant } from '../harness/run.js';
import { newDebit } from '../workload/debits.js';

/** As the service has them when nothing else is configured. */
const LANES = 2;
const QUEUE_LIMIT = 10_000;

export function openLedger({ urls }: { readonly urls: { readonly writer: string } }, onEvents: () => void = () => undefined): Ledger {
  return new Ledger({
    connectionString: urls.writer,
    lanes: LANES,
    queueLimit: QUEUE_LIMIT,
    clock: () => performance.now(),
    onEvents,
    onFailure: (error, context) => {
      process.stderr.write(`a transaction of the ledger failed: ${JSON.stringify(context)} ${String(error)}\n`);
    },
  });
}

/** The write path in this process: each operation is one debit that is durable when it is answered. */
export function engine(database: BenchDatabase, account: () => string): Contestant {
  return {
    open() {
      const ledger = openLedger(database);
      return Promise.resolve({
        operation: async () => {
          const verdict = await ledger.execute(newDebit(account()));
          if (!verdict.ok) throw new Error(`a debit was refused: ${verdict.refusal.code}: ${verdict.refusal.detail}`);
        },
        close: () => ledger.drain(),
      });
    },
  };
}
