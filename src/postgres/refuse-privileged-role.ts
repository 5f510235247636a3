import { OWNER_ROLE, SCHEMA } from './roles.js';

interface Privileges {
  readonly role: string;
  readonly superuser: boolean;
  readonly bypassesRowSecurity: boolean;
  readonly takesOnOwner: boolean;
  readonly ownsTables: boolean;
}

/**
 * Entries are insert-only by rights. A role that could give itself more rights makes that worth nothing, so the service
 * does not start as one, not even in a sandbox.
 */
export async function refusePrivilegedRole(query: (sql: string) => Promise<readonly unknown[]>): Promise<void> {
  const [row] = (await query(PRIVILEGES)) as readonly Privileges[];
  if (row === undefined) throw new Error('The database does not know the role that is connected to it.');
  const reasons = [
    row.superuser && 'is a superuser',
    row.bypassesRowSecurity && 'has BYPASSRLS',
    row.takesOnOwner && `is a member of ${OWNER_ROLE}`,
    row.ownsTables && `owns schema ${SCHEMA} or tables in it`,
  ].filter((reason) => reason !== false);
  if (reasons.length > 0) {
    throw new Error(
      `The service refuses to run as database role "${row.role}", which ${reasons.join(' and ')}. ` +
        'Let DATABASE_WRITER_URL name a role that may only append, such as credits_writer.',
    );
  }
}

/** Asked of the session's role: SET ROLE can be undone. */
const PRIVILEGES = `
  SELECT rolname AS role, rolsuper AS superuser, rolbypassrls AS "bypassesRowSecurity",
         coalesce((SELECT pg_has_role(session_user, oid, 'MEMBER') FROM pg_roles WHERE rolname = '${OWNER_ROLE}'), false) AS "takesOnOwner",
         EXISTS (SELECT FROM pg_namespace n LEFT JOIN pg_class c ON c.relnamespace = n.oid
                  WHERE n.nspname = '${SCHEMA}'
                    AND (pg_has_role(session_user, n.nspowner, 'MEMBER') OR pg_has_role(session_user, c.relowner, 'MEMBER'))) AS "ownsTables"
    FROM pg_roles WHERE rolname = session_user`;
