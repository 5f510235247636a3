import type { ReconcileBooks } from '../operations/reconcile-books.js';
import type { ReconciliationRuns } from '../operations/reconciliation-runs.js';

/** From this hour on, UTC, a night's reconciliation is due. */
const HOUR = 2;

/** Reconciles the books of the night, and whatever finance asked for (SPEC 13). With several workers each run is done by one. */
export async function reconcileWhatIsDue(runs: ReconciliationRuns, books: Pick<ReconcileBooks, 'run'>, wallNow: () => number, ending: () => boolean): Promise<void> {
  const now = new Date(wallNow());
  if (now.getUTCHours() >= HOUR) await runs.queueNight(now.toISOString().slice(0, 'YYYY-MM-DD'.length));
  while (!ending() && (await runs.workOne(books, ending)));
}
