import type { FastifyRequest } from 'fastify';

/**
 * Whether one of our own pages sent a request. Browsers say so in headers that no page can set: `Sec-Fetch-Site`, and where
 * that is missing (http, old browsers) `Origin`, which all send with whatever may change something.
 */
export function isSameOrigin({ headers, method }: FastifyRequest): boolean {
  const site = headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  const { origin, host } = headers;
  if (origin === undefined) return method === 'GET' || method === 'HEAD';
  return URL.canParse(origin) && host !== undefined && new URL(origin).host === host;
}
