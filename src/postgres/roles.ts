/**
 * The four roles, and the schema that the first of them owns. Migrations name them literally, for a migration must not
 * change its meaning when code does.
 */
export const SCHEMA = 'credits';
/** Where the queue keeps its jobs when there is no Redis. Nothing in it is on record. */
export const QUEUE_SCHEMA = 'bullmq';
/** Owns every table; nobody logs in as it, migrations take it on. */
export const OWNER_ROLE = 'credits_owner';
/** The service. May append entries, never change them. */
export const WRITER_ROLE = 'credits_writer';
/** Verifier, reports, benchmarks. */
export const READER_ROLE = 'credits_reader';
/** What the service becomes to read for one account's key; nobody logs in as it. Sees that account's rows only. */
export const ACCOUNT_ROLE = 'credits_account';
