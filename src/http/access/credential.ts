import type { FastifyRequest } from 'fastify';
import { isSameOrigin } from './same-origin.js';

/** What a request shows to say who asks: an API key, or a session of the web account. */
export interface Credential {
  readonly kind: 'key' | 'session';
  readonly secret: string;
}

export const SESSION_COOKIE = 'credits_session';

const BEARER = 'Bearer ';
const KEY = /^kac_[A-Za-z0-9_-]{20,64}$/;
const SESSION = /^kas_[A-Za-z0-9_-]{20,64}$/;

/**
 * The credential of a request; null: none, or none of ours. A header counts before the cookie. The cookie counts only where
 * the browser says that one of our own pages sends the request: another site cannot make it act (CSRF).
 */
export function credentialOf(request: FastifyRequest): Credential | null {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    if (!authorization.startsWith(BEARER)) return null;
    const secret = authorization.slice(BEARER.length);
    if (KEY.test(secret)) return { kind: 'key', secret };
    return SESSION.test(secret) ? { kind: 'session', secret } : null;
  }
  const secret = sessionCookieOf(request);
  return secret === null || !isSameOrigin(request) ? null : { kind: 'session', secret };
}

function sessionCookieOf(request: FastifyRequest): string | null {
  const { cookie } = request.headers;
  if (cookie === undefined) return null;
  for (const pair of cookie.split(';')) {
    const [name, value = ''] = pair.trim().split('=', 2);
    if (name === SESSION_COOKIE && SESSION.test(value)) return value;
  }
  return null;
}
