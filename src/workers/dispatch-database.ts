import type { DataSource } from 'typeorm';
import { serviceDataSource } from '../postgres/data-source.js';

/** Enough to keep deliveries going; most of their time they wait for somebody else's answer. */
const CONNECTIONS = 6;

/**
 * The connections of relay and workers. Their commits do not wait for the disk: what a crash of the database's machine takes
 * away is the last part of a second of "handed on" and "delivered", in order and from the end, and is done again under the
 * same ids. What the ledger records goes over the ledger's own connections, and waits.
 */
export async function openDispatchDatabase(writerUrl: string, onPoolError: (error: unknown) => void): Promise<DataSource> {
  const dataSource = serviceDataSource({
    url: writerUrl,
    poolSize: CONNECTIONS,
    applicationName: 'credits-dispatch',
    settings: { synchronous_commit: 'off', statement_timeout: '10s', lock_timeout: '5s', idle_in_transaction_session_timeout: '10s' },
    onPoolError,
  });
  return dataSource.initialize();
}
