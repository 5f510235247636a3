import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { refusal } from '../../domain/errors.js';
import { sendProblem } from '../problems/problem.js';
import type { WebFile } from './web-files.js';

const PAGE = 'index.html';
const FRAME = 'frame';
/** The one style element that the components put in: [data-react-aria-pressable] { touch-action: pan-x pan-y pinch-zoom; } */
const PRESSABLE = "'sha256-38RhXrc7EdReTKsOm23ZPOCUgniTUUcjky8QOOrQx6o='";
const YEAR = 'public, max-age=31536000, immutable';

/** Everything comes from here, nothing is inline, and no text becomes a script, whoever wrote it. */
function policy(framedBy: readonly string[]): string {
  const ancestors = framedBy.length === 0 ? "'none'" : framedBy.join(' ');
  return [
    "default-src 'none'",
    "script-src 'self'",
    `style-src 'self' ${PRESSABLE}`,
    "img-src 'self' data:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'none'",
    `frame-ancestors ${ancestors}`,
    "require-trusted-types-for 'script'",
    "trusted-types 'none'",
  ].join('; ');
}

/** The pages of the web account: one document for every address under /app, which then shows the page that the address names. */
export function serveWebAccount(server: FastifyInstance, files: () => ReadonlyMap<string, WebFile>, frameAncestors: readonly string[]): void {
  const alone = policy([]);
  const framed = policy(frameAncestors);
  server.get('/app', (_request, reply) => reply.redirect('/app/', 308));
  server.get('/app/*', (request, reply) => {
    const name = (request.params as Readonly<Record<string, string>>)['*'] ?? '';
    const file = files().get(name);
    if (file !== undefined && name !== PAGE) return sendFile(request, reply, file);
    const page = files().get(PAGE);
    // An address with a suffix names a file that is not there, or no longer.
    if (page === undefined || /\.\w{1,5}$/.test(name)) {
      return sendProblem(reply, refusal('not-found', page === undefined ? 'The web account was not built: npm run build.' : 'There is no such file.'));
    }
    void reply
      .header('content-security-policy', name.split('/')[0] === FRAME ? framed : alone)
      .header('referrer-policy', 'no-referrer')
      .header('cross-origin-opener-policy', 'same-origin')
      .header('permissions-policy', 'camera=(), geolocation=(), microphone=(), payment=()');
    return sendFile(request, reply, page);
  });
}

function sendFile(request: FastifyRequest, reply: FastifyReply, file: WebFile): FastifyReply {
  const accepted = [request.headers['accept-encoding']].flat().join(',');
  const encoding = /\bbr\b/.test(accepted) ? 'br' : /\bgzip\b/.test(accepted) ? 'gzip' : null;
  const body = encoding === 'br' ? file.brotli : encoding === 'gzip' ? file.gzip : file.plain;
  if (encoding !== null) void reply.header('content-encoding', encoding);
  return reply
    .header('content-type', file.type)
    .header('x-content-type-options', 'nosniff')
    .header('cache-control', file.immutable ? YEAR : 'no-cache')
    .header('vary', 'accept-encoding')
    .send(body);
}
