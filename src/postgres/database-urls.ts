import { derivedPassword } from './role-passwords.js';
import { READER_ROLE, WRITER_ROLE } from './roles.js';

export interface DatabaseUrls {
  /** Provisions and migrates; the service itself never sees it. */
  readonly owner: string;
  readonly writer: string;
  readonly reader: string;
}

/** The same database, as the roles that provisioning makes. */
export function derivedUrls(owner: string): DatabaseUrls {
  const url = new URL(owner);
  if (url.password === '') {
    throw new Error(
      'DATABASE_URL holds no password, so none can be derived for the roles of the service. ' +
        'Give it one, or set DATABASE_WRITER_URL and DATABASE_READER_URL.',
    );
  }
  const password = decodeURIComponent(url.password);
  return { owner, writer: urlAs(url, WRITER_ROLE, password), reader: urlAs(url, READER_ROLE, password) };
}

function urlAs(url: URL, role: string, adminPassword: string): string {
  const changed = new URL(url);
  changed.username = role;
  changed.password = derivedPassword(adminPassword, role);
  return changed.href;
}
