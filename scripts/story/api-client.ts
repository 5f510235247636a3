import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { calm, type Chaos } from './chaos.js';

/** What a call came to, once it was answered for good. */
export interface Answer {
  readonly status: number;
  /** The service had booked the same request before, and gave the answer of then. */
  readonly replayed: boolean;
  readonly body: unknown;
}

export interface Call {
  readonly method: 'GET' | 'POST' | 'DELETE';
  readonly path: string;
  readonly apiKey: string;
  readonly body?: unknown;
  readonly idempotencyKey?: string;
}

/** The service refused a call, or could not be reached however often it was tried. */
export class CallFailedError extends Error {
  override readonly name = 'CallFailedError';
}

const ATTEMPTS = 8;
const LONGEST_PAUSE_MS = 5_000;
const WORTH_ANOTHER_TRY = new Set([408, 429, 502, 503, 504]);

/**
 * Calls the service the way a careful client does: whenever it is not known what became of a request, the same request
 * is sent again under the same idempotency key, which books it once however often it arrives.
 */
export class ApiClient {
  private readonly pool: Pool;
  private sentAgain = 0;

  constructor(
    readonly url: string,
    private readonly chaos: Chaos = calm,
    connections = 1,
  ) {
    this.pool = new Pool(url, { connections, headersTimeout: 60_000, bodyTimeout: 60_000 });
  }

  /** How often a request was sent once more. */
  get resends(): number {
    return this.sentAgain;
  }

  /** Any answer but those that say "try again". */
  async call(call: Call): Promise<Answer> {
    for (let attempt = 1; ; attempt += 1) {
      const outcome = await this.attempt(call, attempt < ATTEMPTS ? this.chaos : calm);
      if ('answer' in outcome && !WORTH_ANOTHER_TRY.has(outcome.answer.status)) return outcome.answer;
      if (attempt === ATTEMPTS) {
        const what = 'answer' in outcome ? describe(outcome.answer) : outcome.problem;
        throw new CallFailedError(`${call.method} ${call.path} failed ${String(attempt)} times: ${what}`);
      }
      this.sentAgain += 1;
      const pause = 'answer' in outcome ? outcome.retryAfterMs : undefined;
      if (!('lost' in outcome)) await sleep(pause ?? Math.min(LONGEST_PAUSE_MS, 50 * 2 ** attempt * (0.5 + Math.random())));
    }
  }

  /** As `call`, where anything but success is an error. */
  async succeed<Body>(call: Call): Promise<Body> {
    const answer = await this.call(call);
    if (answer.status >= 300) throw new CallFailedError(`${call.method} ${call.path} was refused: ${describe(answer)}`);
    return answer.body as Body;
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async attempt(call: Call, chaos: Chaos): Promise<Outcome> {
    const mishap = chaos.next();
    const cut = new AbortController();
    const timer = mishap.kind === 'cut' ? setTimeout(() => { cut.abort(); }, mishap.afterMs) : undefined;
    try {
      const response = await this.pool.request({
        method: call.method,
        path: call.path,
        headers: headersOf(call),
        body: call.body === undefined ? null : JSON.stringify(call.body),
        signal: cut.signal,
      });
      const text = await response.body.text();
      if (mishap.kind === 'answer-lost') return { problem: 'its answer got lost', lost: true };
      const retryAfter = Number(response.headers['retry-after']);
      return {
        answer: {
          status: response.statusCode,
          replayed: response.headers['idempotency-replayed'] === 'true',
          body: text === '' ? null : JSON.parse(text),
        },
        retryAfterMs: Number.isFinite(retryAfter) ? Math.min(LONGEST_PAUSE_MS, retryAfter * 1_000) : undefined,
      };
    } catch (error) {
      const problem = error instanceof Error ? error.message : String(error);
      return cut.signal.aborted ? { problem, lost: true } : { problem };
    } finally {
      clearTimeout(timer);
    }
  }
}

type Outcome = { answer: Answer; retryAfterMs: number | undefined } | { problem: string; lost?: true };

function headersOf({ apiKey, body, idempotencyKey }: Call): Record<string, string> {
  return {
    authorization: `Bearer ${apiKey}`,
    ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    ...(idempotencyKey === undefined ? {} : { 'idempotency-key': idempotencyKey }),
  };
}

function describe({ status, body }: Answer): string {
  return `${String(status)} ${JSON.stringify(body)}`;
}
