import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseError, type Client } from 'pg';
import { withClient } from './connection.js';
import { derivedUrls, type DatabaseUrls } from './database-urls.js';
import { scramVerifier } from './role-passwords.js';
import { ACCOUNT_ROLE, OWNER_ROLE, QUEUE_SCHEMA, READER_ROLE, SCHEMA, WRITER_ROLE } from './roles.js';

const OLDEST_SERVER = 160_000;
const ATTEMPTS = 10;
/** Two instances that provision at once: roles belong to the whole cluster, so no lock of one database keeps them apart. */
const COLLISIONS = new Set(['42710', '42P06', '23505', 'XX000']);
const WRONG_PASSWORD = new Set(['28P01', '28000']);
const MAY_NOT = '42501';

/**
 * Makes what the service needs around its tables: four roles, and the schema. Looks first and changes only what is
 * missing, so that a second start writes nothing. Tables and their grants are the migrations' business.
 */
export async function provision(ownerUrl: string): Promise<DatabaseUrls> {
  const urls = derivedUrls(ownerUrl);
  for (let attempt = 1; ; attempt += 1) {
    try {
      await withClient({ url: ownerUrl, applicationName: 'credits-provision' }, (client) => provisionOnce(client, urls));
      return urls;
    } catch (error) {
      if (attempt === ATTEMPTS || !(error instanceof DatabaseError) || !COLLISIONS.has(error.code ?? '')) throw error;
      await sleep(50 * attempt);
    }
  }
}

async function provisionOnce(client: Client, urls: DatabaseUrls): Promise<void> {
  const admin = await readAdmin(client);
  if (admin.serverVersion < OLDEST_SERVER) {
    throw new Error(`PostgreSQL 16 or newer is needed, this one says ${String(admin.serverVersion)}.`);
  }
  try {
    await provisionAs(admin, client, urls);
  } catch (error) {
    if (error instanceof Refusal || (error instanceof DatabaseError && error.code === MAY_NOT)) {
      throw new Error(advice(error.message, admin), { cause: error });
    }
    throw error;
  }
}

class Refusal extends Error {}

async function provisionAs(admin: Admin, client: Client, urls: DatabaseUrls): Promise<void> {
  const missing = await missingRoles(client);
  if (missing.length > 0 && !admin.mayCreateRoles) {
    throw new Refusal(`Role "${admin.name}" of DATABASE_URL may not create roles, and these are missing: ${missing.join(', ')}.`);
  }
  for (const role of missing) await client.query(`CREATE ROLE ${role} ${role === OWNER_ROLE || role === ACCOUNT_ROLE ? 'NOLOGIN' : 'LOGIN'}`);

  for (const [role, url] of [
    [WRITER_ROLE, urls.writer],
    [READER_ROLE, urls.reader],
  ] as const) {
    if (await canLogIn(url)) continue;
    if (!admin.mayCreateRoles) throw new Refusal(`Role ${role} does not accept the password derived from DATABASE_URL.`);
    await client.query(`ALTER ROLE ${role} LOGIN PASSWORD '${scramVerifier(new URL(url).password)}'`);
    await client.query(`ALTER ROLE ${role} SET search_path = ${SCHEMA}`);
  }

  // Taken on for a transaction that reads for one account, never inherited.
  if (!(await ask(client, `SELECT pg_has_role('${WRITER_ROLE}', '${ACCOUNT_ROLE}', 'SET') AS yes`))) {
    await client.query(`GRANT ${ACCOUNT_ROLE} TO ${WRITER_ROLE} WITH SET TRUE, INHERIT FALSE`);
  }

  // Migrations say SET ROLE; whoever created the role may still have to grant themselves that.
  if (!(await ask(client, `SELECT pg_has_role(current_user, '${OWNER_ROLE}', 'SET') AS yes`))) {
    await client.query(`GRANT ${OWNER_ROLE} TO ${client.escapeIdentifier(admin.name)} WITH SET TRUE, INHERIT FALSE`);
  }
  await makeSchemas(client, admin);
}

interface Admin {
  readonly name: string;
  readonly database: string;
  readonly mayCreateRoles: boolean;
  readonly mayCreateSchemas: boolean;
  readonly serverVersion: number;
}

async function readAdmin(client: Client): Promise<Admin> {
  const { rows } = await client.query<Admin>(`
    SELECT current_user AS name, current_database() AS database,
           rolsuper OR rolcreaterole AS "mayCreateRoles",
           has_database_privilege(current_database(), 'CREATE') AS "mayCreateSchemas",
           current_setting('server_version_num')::int AS "serverVersion"
      FROM pg_roles WHERE rolname = current_user`);
  const admin = rows[0];
  if (admin === undefined) throw new Error('The database does not know the role that is connected to it.');
  return admin;
}

async function missingRoles(client: Client): Promise<string[]> {
  const wanted = [OWNER_ROLE, WRITER_ROLE, READER_ROLE, ACCOUNT_ROLE];
  const { rows } = await client.query<{ rolname: string }>('SELECT rolname FROM pg_roles WHERE rolname = ANY($1)', [wanted]);
  return wanted.filter((role) => !rows.some((row) => row.rolname === role));
}

async function canLogIn(url: string): Promise<boolean> {
  try {
    await withClient({ url, applicationName: 'credits-provision' }, (client) => client.query('SELECT 1'));
    return true;
  } catch (error) {
    if (error instanceof DatabaseError && WRONG_PASSWORD.has(error.code ?? '')) return false;
    throw error;
  }
}

/** The schema of the ledger, which its reader sees as well, and that of the queue, which is the service's alone. */
async function makeSchemas(client: Client, admin: Admin): Promise<void> {
  await makeSchema(client, admin, SCHEMA, [WRITER_ROLE, READER_ROLE]);
  await makeSchema(client, admin, QUEUE_SCHEMA, [WRITER_ROLE]);
}

async function makeSchema(client: Client, admin: Admin, schema: string, users: readonly string[]): Promise<void> {
  const { rows } = await client.query<{ owner: string }>('SELECT nspowner::regrole::text AS owner FROM pg_namespace WHERE nspname = $1', [schema]);
  const owner = rows[0]?.owner;
  if (owner === undefined) {
    if (!admin.mayCreateSchemas) throw new Refusal(`Role "${admin.name}" may not create a schema in database "${admin.database}".`);
    await client.query(`CREATE SCHEMA ${schema} AUTHORIZATION ${OWNER_ROLE}`);
  } else if (owner !== OWNER_ROLE) {
    throw new Refusal(`Schema "${schema}" belongs to "${owner}" and not to ${OWNER_ROLE}; it may be somebody else's, so it is left alone.`);
  }
  for (const role of users) {
    if (await ask(client, `SELECT has_schema_privilege('${role}', '${schema}', '${schema === QUEUE_SCHEMA ? 'CREATE' : 'USAGE'}') AS yes`)) continue;
    await client.query(`SET ROLE ${OWNER_ROLE}`);
    // The queue's library makes a sequence for every queue when it is first used.
    await client.query(`GRANT USAGE${schema === QUEUE_SCHEMA ? ', CREATE' : ''} ON SCHEMA ${schema} TO ${role}`);
    await client.query('RESET ROLE');
  }
}

async function ask(client: Client, question: string): Promise<boolean> {
  const { rows } = await client.query<{ yes: boolean }>(question);
  return rows[0]?.yes === true;
}

/** Whoever may do it has to know exactly what: the text can be handed to a database administrator as it is. */
function advice(problem: string, admin: Admin): string {
  return `${problem}
Let somebody with the right run this once in database "${admin.database}":

  CREATE ROLE ${OWNER_ROLE} NOLOGIN;
  CREATE ROLE ${WRITER_ROLE} LOGIN PASSWORD '<a password>';
  CREATE ROLE ${READER_ROLE} LOGIN PASSWORD '<another password>';
  CREATE ROLE ${ACCOUNT_ROLE} NOLOGIN;
  GRANT ${ACCOUNT_ROLE} TO ${WRITER_ROLE} WITH SET TRUE, INHERIT FALSE;
  GRANT ${OWNER_ROLE} TO "${admin.name}" WITH SET TRUE, INHERIT FALSE;
  CREATE SCHEMA ${SCHEMA} AUTHORIZATION ${OWNER_ROLE};
  GRANT USAGE ON SCHEMA ${SCHEMA} TO ${WRITER_ROLE}, ${READER_ROLE};
  CREATE SCHEMA ${QUEUE_SCHEMA} AUTHORIZATION ${OWNER_ROLE};
  GRANT USAGE, CREATE ON SCHEMA ${QUEUE_SCHEMA} TO ${WRITER_ROLE};

and start with DATABASE_URL as it is, and with DATABASE_WRITER_URL and DATABASE_READER_URL naming those two roles.`;
}
