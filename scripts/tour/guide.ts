import { randomUUID } from 'node:crypto';
import { CallFailedError, type ApiClient } from '../story/api-client.js';
import { shortened } from './rendering.js';

/** Who asks, in the reader's words, and their key. */
export interface Voice {
  readonly who: string;
  readonly apiKey: string;
}

export interface Asked {
  readonly voice: Voice;
  readonly method?: 'GET' | 'POST';
  readonly path: string;
  readonly body?: unknown;
  /** The status that the story goes on with; 201 for a POST, 200 for a GET unless said otherwise. */
  readonly expected?: number;
  /** Members of the answer to show. */
  readonly show: readonly string[];
}

/** Sends requests and prints them with their answers, as they were: what is left out of them is marked. */
export class Guide {
  private chapters = 0;

  constructor(
    private readonly client: ApiClient,
    private readonly print: (line: string) => void,
  ) {}

  chapter(title: string): void {
    this.chapters += 1;
    this.print(`\n${String(this.chapters)}. ${title}`);
  }

  say(text: string): void {
    this.print(`   ${text}`);
  }

  /** Fails the tour where the service answers otherwise than the story says. */
  async ask<Body>({ voice, method = 'POST', path, body, expected = method === 'GET' ? 200 : 201, show }: Asked): Promise<Body> {
    const answer = await this.client.call({
      method,
      path,
      apiKey: voice.apiKey,
      ...(method === 'GET' ? {} : { idempotencyKey: randomUUID() }),
      ...(body === undefined ? {} : { body }),
    });
    this.print(`\n   ${method} ${path}   (${voice.who})`);
    if (body !== undefined) this.print(`   ${shortened(body, undefined, '   ')}`);
    this.print(`   -> ${String(answer.status)} ${shortened(answer.body, show, '   ')}`);
    if (answer.status !== expected) throw new CallFailedError(`${method} ${path} was answered ${String(answer.status)}, and the tour expected ${String(expected)}`);
    return answer.body as Body;
  }
}
