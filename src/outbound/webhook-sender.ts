import { Webhook } from 'standardwebhooks';
import { Agent, request } from 'undici';
import { ForbiddenAddressError, guardedConnector, isAllowedHost, lookUpBySystem, type AllowedHosts, type LookUp } from './address-guard.js';

/** A message on its way to one endpoint. */
export interface OutgoingWebhook {
  readonly url: string;
  /** The same over all attempts. */
  readonly messageId: string;
  readonly body: string;
  /** `whsec_...`, all that are live: a signature by each. */
  readonly secrets: readonly string[];
  /** Wall time in milliseconds. */
  readonly now: number;
}

export interface WebhookAnswer {
  /** Null: there was none. */
  readonly status: number | null;
  /** The first bytes of the answer, or what went wrong. */
  readonly excerpt: string;
  readonly durationMs: number;
  /** The address must not be posted to: trying again does not help. */
  readonly forbidden: boolean;
}

export interface WebhookSenderOptions {
  readonly allowedHosts: AllowedHosts;
  readonly lookUp?: LookUp;
  readonly timeoutMs?: number;
}

const TIMEOUT_MS = 10_000;
const KEPT_MS = 2_000;
const EXCERPT_BYTES = 1_024;
const HEADER_BYTES = 16_384;

/** Posts messages as Standard Webhooks has it. Bounded in time and size, follows no redirect, reaches no inside address. */
export class WebhookSender {
  private readonly agent: Agent;
  private readonly allowedHosts: AllowedHosts;
  private readonly timeoutMs: number;

  constructor({ allowedHosts, lookUp = lookUpBySystem, timeoutMs = TIMEOUT_MS }: WebhookSenderOptions) {
    this.allowedHosts = allowedHosts;
    this.timeoutMs = timeoutMs;
    this.agent = new Agent({
      connect: guardedConnector(lookUp, allowedHosts, timeoutMs),
      headersTimeout: timeoutMs,
      bodyTimeout: timeoutMs,
      maxHeaderSize: HEADER_BYTES,
      // A connection was judged when it was made, and leads where it led then. It is kept for a moment, so that a busy endpoint
      // need not shake hands for every message; shorter than receivers keep theirs, lest one closes as the next message begins.
      keepAliveTimeout: KEPT_MS,
      keepAliveMaxTimeout: KEPT_MS,
      pipelining: 1,
    });
  }

  /** Never throws: what goes wrong is part of the answer. */
  async send(message: OutgoingWebhook): Promise<WebhookAnswer> {
    const began = performance.now();
    const answer = (more: Omit<WebhookAnswer, 'durationMs'>): WebhookAnswer => ({ ...more, durationMs: Math.round(performance.now() - began) });
    const url = new URL(message.url);
    if (url.protocol !== 'https:' && !isAllowedHost(url, this.allowedHosts)) {
      return answer({ status: null, excerpt: 'only https is allowed', forbidden: true });
    }
    // One deadline for all of it: slow headers, a slow body, or both.
    const signal = AbortSignal.timeout(this.timeoutMs);
    try {
      const { statusCode, body } = await request(url, { method: 'POST', dispatcher: this.agent, headers: headersOf(message), body: message.body, signal });
      const excerpt = await firstBytes(body).catch(() => '');
      return answer({ status: statusCode, excerpt, forbidden: false });
    } catch (error) {
      return answer({ status: null, excerpt: reason(error), forbidden: error instanceof ForbiddenAddressError });
    }
  }

  close(): Promise<void> {
    return this.agent.destroy();
  }
}

function headersOf({ messageId, body, secrets, now }: OutgoingWebhook): Record<string, string> {
  const at = new Date(now);
  return {
    'content-type': 'application/json; charset=utf-8',
    'user-agent': 'ai-credits-ledger',
    'webhook-id': messageId,
    'webhook-timestamp': String(Math.floor(now / 1_000)),
    'webhook-signature': secrets.map((secret) => new Webhook(secret).sign(messageId, at, body)).join(' '),
  };
}

/** What comes after the first bytes is not read, however much it is. */
async function firstBytes(body: AsyncIterable<Uint8Array> & { destroy(): unknown }): Promise<string> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of body) {
      chunks.push(chunk);
      size += chunk.length;
      if (size >= EXCERPT_BYTES) break;
    }
  } finally {
    body.destroy();
  }
  return printable(Buffer.concat(chunks).subarray(0, EXCERPT_BYTES).toString('utf8'));
}

/** PostgreSQL keeps no NUL, and a log no control characters. */
function printable(text: string): string {
  return text.replaceAll(/[^\P{C}\n]/gu, ' ').trim();
}

function reason(error: unknown): string {
  const { name, code, message } = error as NodeJS.ErrnoException;
  if (name === 'TimeoutError') return 'no answer in time';
  return printable(`${code === undefined ? '' : `${code}: `}${message}`).slice(0, 200);
}
