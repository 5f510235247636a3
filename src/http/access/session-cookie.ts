import type { FastifyRequest } from 'fastify';
import { SESSION_COOKIE } from './credential.js';

/** No script reads it, no other site sends it, and where people come over https nothing else carries it. */
function cookie(request: FastifyRequest, value: string, expires: number): string {
  const secure = request.protocol === 'https' || request.headers['x-forwarded-proto'] === 'https';
  return `${SESSION_COOKIE}=${value}; Path=/; HttpOnly; SameSite=Strict; Expires=${new Date(expires).toUTCString()}${secure ? '; Secure' : ''}`;
}

export function sessionCookie(request: FastifyRequest, secret: string, expiresAt: number): string {
  return cookie(request, secret, expiresAt);
}

export function endedCookie(request: FastifyRequest): string {
  return cookie(request, '', 0);
}
