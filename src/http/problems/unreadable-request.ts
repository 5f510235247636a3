import type { Socket } from 'node:net';
import { refusal, type Refusal } from '../../domain/errors.js';
import { problemJson, PROBLEM_TYPE } from './problem.js';
import { PROBLEMS } from './problem-table.js';

const REASONS: Readonly<Record<number, string>> = { 400: 'Bad Request', 408: 'Request Timeout', 431: 'Request Header Fields Too Large' };

/**
 * What is no HTTP, or too much of it, never becomes a request: the parser gives up, and all there is is the connection. It
 * gets a problem like any other, and is closed, because nobody knows where the next request would begin.
 */
export function answerUnreadable(requestId: () => string): (error: NodeJS.ErrnoException, socket: Socket) => void {
  return (error, socket) => {
    // Gone already, or in the midst of an answer: there is nothing to say.
    if (error.code === 'ECONNRESET' || !socket.writable || socket.destroyed || answerBegun(socket)) {
      socket.destroy(error);
      return;
    }
    const refused = refusalOf(error);
    const { status } = PROBLEMS[refused.code];
    const body = problemJson(refused, requestId());
    socket.end(
      `HTTP/1.1 ${String(status)} ${REASONS[status] ?? ''}\r\ncontent-type: ${PROBLEM_TYPE}\r\n` +
        `content-length: ${String(Buffer.byteLength(body))}\r\nconnection: close\r\n\r\n${body}`,
    );
  };
}

/** As the server's own handler asks: no other property says that an earlier request's answer is half sent. */
function answerBegun(socket: Socket & { readonly _httpMessage?: { readonly headersSent: boolean } | null }): boolean {
  return socket._httpMessage?.headersSent === true;
}

function refusalOf({ code }: NodeJS.ErrnoException): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') return refusal('headers-too-large', 'Address and headers have at most 16 KiB together.');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return refusal('request-timeout', 'The request did not arrive whole in time.');
  return refusal('malformed-request', 'This is not a request that HTTP/1.1 allows.');
}
