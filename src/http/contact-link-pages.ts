import type { FastifyInstance, FastifyReply } from 'fastify';
import { RefusedError } from '../domain/errors.js';
import type { ContactBook } from '../operations/contact-book.js';
import { escapeHtml } from './openapi/html.js';

/** The page is whole as it is sent: it runs no script, and its one form comes back here. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'";
/** Tokens are longer than ids. */
const TOKEN = /^[\w.-]{20,200}$/;

/**
 * Where a mailed link leads. Opening it changes nothing, because mail servers open links to look for harm; the button does.
 */
export function serveContactLinks(server: FastifyInstance, contacts: () => ContactBook): void {
  void server.register((scope, _options, done) => {
    // What a browser sends for a form without fields.
    scope.addContentTypeParser('application/x-www-form-urlencoded', { bodyLimit: 1_024 }, (_request, payload, parsed) => {
      payload.resume();
      payload.once('end', () => {
        parsed(null, undefined);
      });
    });
    scope.get<{ Querystring: { token?: unknown } }>('/contacts/verify', async (request, reply) => {
      const token = tokenIn(request.query.token);
      if (token === null || !(await contacts().knows(token))) return send(reply, 404, NOT_VALID, '');
      return send(reply, 200, 'Is this address yours?', askFor(token));
    });
    scope.post<{ Querystring: { token?: unknown } }>('/contacts/verify', async (request, reply) => {
      const token = tokenIn(request.query.token);
      try {
        if (token === null) return await send(reply, 404, NOT_VALID, '');
        await contacts().verify(token);
      } catch (error) {
        if (error instanceof RefusedError) return send(reply, 404, NOT_VALID, '');
        throw error;
      }
      return send(reply, 200, 'The address is confirmed. You can close this page.', '');
    });
    done();
  });
}

const NOT_VALID = 'This link is not valid any more. Have another one sent from the account.';

function tokenIn(given: unknown): string | null {
  return typeof given === 'string' && TOKEN.test(given) ? given : null;
}

function askFor(token: string): string {
  return `<p>Confirm it, and notices about AI credits are mailed to it from now on.</p>
<form method="post" action="/contacts/verify?token=${encodeURIComponent(token)}"><button>Confirm the address</button></form>`;
}

function send(reply: FastifyReply, status: number, heading: string, body: string): FastifyReply {
  return reply
    .code(status)
    .header('content-type', 'text/html; charset=utf-8')
    .header('content-security-policy', POLICY)
    .header('x-content-type-options', 'nosniff')
    .header('referrer-policy', 'no-referrer')
    .header('cache-control', 'no-store')
    .send(`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>AI credits</title>
<style>body{max-width:32rem;margin:4rem auto;padding:0 1rem;font:1rem/1.5 system-ui,sans-serif}button{padding:.75rem 1.25rem;font:inherit;font-weight:600;color:#fff;background:#1a4fd6;border:0;border-radius:.5rem}</style>
</head><body><h1>${escapeHtml(heading)}</h1>${body}</body></html>
`);
}
