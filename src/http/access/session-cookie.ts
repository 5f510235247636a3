import type { FastifyRequest } from 'fastify';
import { SESSION_COOKIE } from './credential.js';

/** No script reads it, no other site sends it, and where people come over https nothing else carries it. */
function cookie(request: FastifyRequest, value: string, expires: number, overTls = false): string {
  const secure = overTls || request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Expires=${new Date(expires).toUTCString()}${secure ? '; Secure' : ''}`;
}

/** `overTls`: people are known to come over https, whatever the proxy in front says. */
export function sessionCookie(request: FastifyRequest, secret: string, expiresAt: number, overTls = false): string {
  return cookie(request, secret, expiresAt, overTls);
}

export function endedCookie(request: FastifyRequest): string {
  return cookie(request, '', 0);
}
