import { Client } from 'pg';
import { ReconcileBooks } from '../../src/operations/reconcile-books.js';
import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { clientConfig } from '../../src/postgres/connection.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import type { ReadingJob, ReadingResult } from './reading-job.js';

const READINGS: Readonly<Record<ReadingJob['kind'], (readerUrl: string) => Promise<Omit<ReadingResult, 'residentMb'>>>> = { verify, reconcile, select };

/** A process of its own, so that its memory is that of one reading and of nothing else. */
const job = JSON.parse(process.argv[2] ?? '') as ReadingJob;
const result = await READINGS[job.kind](job.readerUrl);
process.send?.({ ...result, residentMb: process.resourceUsage().maxRSS / 1_024 } satisfies ReadingResult);
process.disconnect();

async function verify(readerUrl: string): Promise<Omit<ReadingResult, 'residentMb'>> {
  const begun = performance.now();
  const { entries, postings, differenceCount } = await verifyLedger({ readerUrl });
  return { rows: entries + postings, seconds: (performance.now() - begun) / 1_000, differences: differenceCount };
}

/** By the rights of a reader: it has nothing to write where the books are right. */
async function reconcile(readerUrl: string): Promise<Omit<ReadingResult, 'residentMb'>> {
  const database = serviceDataSource({ url: readerUrl, poolSize: 2, applicationName: 'bench-reconcile', onPoolError: () => undefined });
  await database.initialize();
  const begun = performance.now();
  const { entries, postings, found } = await new ReconcileBooks(database, readerUrl).run();
  const seconds = (performance.now() - begun) / 1_000;
  await database.destroy();
  return { rows: entries + postings, seconds, differences: found };
}

/** Every column of every entry and posting, in the order of the tables, page by page, and nothing done with them. */
async function select(readerUrl: string): Promise<Omit<ReadingResult, 'residentMb'>> {
  const client = new Client(clientConfig({ url: readerUrl, applicationName: 'bench-select' }));
  await client.connect();
  const begun = performance.now();
  let rows = 0;
  for (const table of ['entry', 'posting']) {
    await client.query('BEGIN');
    await client.query(`DECLARE page NO SCROLL CURSOR FOR SELECT * FROM ${table}`);
    for (;;) {
      const { rowCount } = await client.query('FETCH 2000 FROM page');
      rows += rowCount ?? 0;
      if (rowCount !== 2_000) break;
    }
    await client.query('COMMIT');
  }
  const seconds = (performance.now() - begun) / 1_000;
  await client.end();
  return { rows, seconds, differences: 0 };
}
