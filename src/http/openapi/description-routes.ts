import type { OpenAPIObject } from '@nestjs/swagger';
import type { FastifyInstance } from 'fastify';
import { docsPage } from './docs-page.js';

/** The page is whole as it is sent: it runs no script, and loads nothing from here or elsewhere. */
const POLICY = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/** /openapi.json for programs and /docs for people, from the same document. It is made when it is first asked for. */
export function serveDescription(server: FastifyInstance, describe: () => OpenAPIObject): void {
  let made: { readonly json: string; readonly page: string } | undefined;
  const description = (): { readonly json: string; readonly page: string } => {
    if (made === undefined) {
      const document = describe();
      made = { json: JSON.stringify(document), page: docsPage(document) };
    }
    return made;
  };
  server.get('/openapi.json', (_request, reply) => reply.header('content-type', 'application/json; charset=utf-8').send(description().json));
  server.get('/docs', (_request, reply) =>
    reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-security-policy', POLICY)
      .header('x-content-type-options', 'nosniff')
      .send(description().page),
  );
}
