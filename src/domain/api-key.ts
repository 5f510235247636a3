import { refusal, type Refusal } from './errors.js';

/** What a key may do. `account:*` belong to one account; `usage:write` may (a platform's key names the account itself); `metrics` reads how the service does, and nothing else. */
export const SCOPES = ['account:admin', 'account:read', 'finance', 'metrics', 'operator', 'usage:write'] as const;
export type Scope = (typeof SCOPES)[number];

export interface KeyRights {
  readonly scopes: readonly Scope[];
  readonly accountId: string | null;
}

/**
 * P6: only an admin of the licensee can buy. So the right to is never on one key with that of an operator, of finance or of
 * a backend, and it is always bound to one account.
 */
export function checkKeyRights({ scopes, accountId }: KeyRights): Refusal | null {
  const has = (scope: Scope): boolean => scopes.includes(scope);
  if (accountId === null && (has('account:admin') || has('account:read'))) {
    return refusal('invalid-request', 'A key with account:admin or account:read belongs to one account: name it.', { pointer: '/accountId' });
  }
  if (accountId !== null && (has('operator') || has('finance') || has('metrics'))) {
    return refusal('invalid-request', 'Keys of operators, of finance and for metrics belong to no account.', { pointer: '/accountId' });
  }
  if (has('account:admin') && has('usage:write')) {
    return refusal('invalid-request', "A backend's key can never buy: give usage:write and account:admin to different keys.", {
      pointer: '/scopes',
    });
  }
  return null;
}

/** What an admin of an account may hand on: less than what it can do itself. */
export const SCOPES_OF_AN_ADMINS_KEYS: readonly Scope[] = ['account:read', 'usage:write'];
