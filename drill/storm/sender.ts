import { setTimeout as sleep } from 'node:timers/promises';
import { Agent, request } from 'undici';
import type { SeededRandom } from '../../test/support/seeded-random.js';
import type { Register } from './record.js';

export interface Told {
  readonly status: number;
  readonly body: unknown;
}

export interface Call {
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly secret: string;
  readonly key?: string;
  readonly body?: object;
  /** Which instance is asked first; else any. */
  readonly at?: number | undefined;
}

const PATIENCE_MS = 120_000;
const ANSWER_WITHIN_MS = 20_000;
const WORTH_ANOTHER_TRY = new Set(['ECONNREFUSED', 'ECONNRESET']);

/**
 * Sends a request until somebody gives a final answer, to any instance, each time perhaps to another one. No answer, a broken
 * connection and 503 are reasons to ask again; any other failure of the service is a finding.
 */
export class Sender {
  private readonly agent = new Agent({ connections: 64, headersTimeout: ANSWER_WITHIN_MS, bodyTimeout: ANSWER_WITHIN_MS });
  /** How often something was sent again. */
  again = 0;

  constructor(
    private readonly urls: () => readonly string[],
    private readonly record: Register,
  ) {}

  async send(call: Call, random: SeededRandom): Promise<Told | null> {
    const until = performance.now() + PATIENCE_MS;
    for (let first = true; ; first = false) {
      const told = await this.attempt(first ? call : { ...call, at: undefined }, random);
      if (told !== null && told.status !== 503) {
        if (told.status >= 500) this.record.find(`${call.path} answered ${String(told.status)} ${JSON.stringify(told.body).slice(0, 300)}`);
        return told;
      }
      if (performance.now() > until) {
        this.record.find(`${call.path} got no final answer in ${String(PATIENCE_MS / 1_000)} s: ${JSON.stringify(told)}`);
        return null;
      }
      this.again += 1;
      await sleep(random.whole(5, 60));
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }

  private async attempt({ method = 'POST', path, secret, key, body, at }: Call, random: SeededRandom): Promise<Told | null> {
    const urls = this.urls();
    if (urls.length === 0) return null;
    try {
      const answer = await request(`${at === undefined ? random.pick(urls) : (urls[at % urls.length] ?? '')}${path}`, {
        method,
        dispatcher: this.agent,
        headers: { authorization: `Bearer ${secret}`, ...(key === undefined ? {} : { 'idempotency-key': key }), ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
        body: body === undefined ? null : JSON.stringify(body),
      });
      const text = await answer.body.text();
      return { status: answer.statusCode, body: text === '' ? null : JSON.parse(text) };
    } catch (error) {
      // Killed in the midst of an answer, or not there yet.
      if (error instanceof Error && (error.name !== 'TypeError' || WORTH_ANOTHER_TRY.has(String((error as NodeJS.ErrnoException).code)))) return null;
      throw error;
    }
  }
}
