import { ReconcileBooks, type BooksReconciled } from '../operations/reconcile-books.js';
import { serviceDataSource } from '../postgres/data-source.js';

export interface BooksJob {
  readonly writerUrl: string;
}

export type BooksMessage = { readonly done: BooksReconciled } | { readonly failed: string };

async function reconcile({ writerUrl }: BooksJob): Promise<BooksMessage> {
  const database = serviceDataSource({ url: writerUrl, poolSize: 2, applicationName: 'credits-reconcile', onPoolError: () => undefined });
  try {
    await database.initialize();
    return { done: await new ReconcileBooks(database, writerUrl).run() };
  } catch (error) {
    return { failed: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  } finally {
    if (database.isInitialized) await database.destroy();
  }
}

// Whoever asked is gone, and so is what they would have done with the answer: the run is taken up again by somebody else.
process.once('disconnect', () => process.exit(1));
process.once('message', (job: BooksJob) => {
  void reconcile(job).then((message) => {
    process.send?.(message, () => process.exit(0));
  });
});
