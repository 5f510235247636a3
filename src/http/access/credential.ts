import type { FastifyRequest } from 'fastify';
import { isSameOrigin } from './same-origin.js';

/** What a request shows to say who asks: an API key, a session of the web account, or a token of the identity provider. */
export interface Credential {
  readonly kind: 'key' | 'session' | 'token';
  readonly secret: string;
}

export const SESSION_COOKIE = 'credits_session';

const BEARER = 'Bearer ';
const KEY = /^kac_[A-Za-z0-9_-]{20,64}$/;
const SESSION = /^kas_[A-Za-z0-9_-]{20,64}$/;
const TOKEN = /^[\w-]+\.[\w-]+\.[\w-]+$/;
const LONGEST_TOKEN = 8_192;

/**
 * The credential of a request; null: none, or none of ours. A header counts before the cookie. The cookie counts only where
 * the browser says that one of our own pages sends the request: another site cannot make it act (CSRF).
 */
export function credentialOf(request: FastifyRequest): Credential | null {
  const { authorization } = request.headers;
  if (authorization !== undefined) return authorization.startsWith(BEARER) ? bearerOf(authorization.slice(BEARER.length)) : null;
  const secret = sessionCookieOf(request);
  return secret === null || !isSameOrigin(request) ? null : { kind: 'session', secret };
}

function bearerOf(secret: string): Credential | null {
  if (KEY.test(secret)) return { kind: 'key', secret };
  if (SESSION.test(secret)) return { kind: 'session', secret };
  return secret.length <= LONGEST_TOKEN && TOKEN.test(secret) ? { kind: 'token', secret } : null;
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
