import type { ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { DataSource } from 'typeorm';
import type { LedgerEvent } from '../../domain/event.js';
import type { WallClock } from '../../platform/wall-clock.js';
import { readEventsAfter, readHeads, readValidKeys, readValidSessions, type EventPlace } from '../../postgres/reads/event-log.js';
import type { Caller } from '../access/caller.js';

export interface StreamOptions {
  /** How often the outbox is looked at, for what other instances wrote. */
  readonly everyMs: number;
  /** From one look to the next at least, for what this instance wrote. */
  readonly gatherMs: number;
  readonly heartbeatMs: number;
  /** Streams of one key, and of this instance. */
  readonly perKey: number;
  readonly atMost: number;
  /** Bytes that may wait for a client: more is written when it has read them. */
  readonly waitingBytes: number;
  /** A client that reads nothing for so long while that much waits for it is cut. */
  readonly patienceMs: number;
  /** After this a client has to connect anew, with its key. */
  readonly lifeMs: number;
}

const STREAMS: StreamOptions = { everyMs: 250, gatherMs: 10, heartbeatMs: 15_000, perKey: 20, atMost: 2_000, waitingBytes: 262_144, patienceMs: 10_000, lifeMs: 15 * 60_000 };
/** A revoked key passes nowhere after two seconds. */
const KEYS_EVERY_MS = 1_000;
const AT_ONCE = 100;

/** Who listens, and to what. */
export interface Listener {
  readonly accountId: string;
  readonly caller: Caller;
  /** Digest of the web account's session that it came with; null: a key or a token. */
  readonly session: Buffer | null;
  /** Whether it is also told the number of the newest entry, whenever there is one. */
  readonly heads: boolean;
}

interface Stream extends Listener {
  readonly out: ServerResponse;
  readonly openedAt: number;
  place: EventPlace;
  /** The newest entry that it was told of. */
  head: number;
  writtenAt: number;
  /** Since when as much waits for the client as may; null: it reads. */
  fullSince: number | null;
}

/**
 * Open event streams of this instance. One look at the outbox serves them all, so that an event shows within moments,
 * whichever instance wrote it, and at once where this one did; without streams nothing is looked at.
 */
export class EventStreams {
  private readonly streams = new Set<Stream>();
  private running: Promise<void> | null = null;
  private closed = false;
  private keysCheckedAt = 0;
  private woken = new AbortController();
  private readonly options: StreamOptions;

  constructor(
    private readonly database: DataSource,
    private readonly clock: WallClock,
    private readonly onFailure: (error: unknown) => void,
    options: Partial<StreamOptions> = {},
  ) {
    this.options = { ...STREAMS, ...options };
  }

  /** Whether there is room for one more stream. */
  takes(keyId: string): boolean {
    const { perKey, atMost } = this.options;
    return !this.closed && this.streams.size < atMost && [...this.streams].filter(({ caller }) => caller.keyId === keyId).length < perKey;
  }

  /** Writes what came after the place, and goes on until the client or the service ends it. */
  open(listener: Listener, place: EventPlace, out: ServerResponse): void {
    // Who left while its place was looked up says so no more.
    if (out.destroyed) return;
    const now = this.clock.now();
    const stream: Stream = { ...listener, out, openedAt: now, place, head: -1, writtenAt: now, fullSince: null };
    this.streams.add(stream);
    out.once('close', () => this.streams.delete(stream));
    out.on('error', () => this.streams.delete(stream));
    // The client asks again by itself after two seconds when it loses the connection.
    this.write(stream, 'retry: 2000\n\n');
    this.running ??= this.serve();
  }

  /** Something was committed into the outbox here: it need not wait for the next look. */
  wake(): void {
    this.woken.abort();
  }

  /** Ends all of them: clients connect again, elsewhere, and go on where they were. */
  async close(): Promise<void> {
    this.closed = true;
    for (const { out } of this.streams) out.end();
    this.wake();
    await this.running;
  }

  private async serve(): Promise<void> {
    while (this.streams.size > 0) {
      // Before the look: what is committed while it reads is for the next one, at once.
      const { signal } = (this.woken = new AbortController());
      await this.look().catch(this.onFailure);
      await sleep(this.options.gatherMs);
      await sleep(this.options.everyMs - this.options.gatherMs, undefined, { signal }).catch(() => undefined);
    }
    this.running = null;
  }

  private async look(): Promise<void> {
    await this.endInvalid();
    const streams = [...this.streams].filter((stream) => this.reads(stream));
    if (streams.length === 0) return;
    const found = await readEventsAfter(this.database, streams.map(({ accountId, place }) => ({ accountId, ...place })), AT_ONCE);
    for (const [i, stream] of streams.entries()) {
      for (const event of found[i] ?? []) {
        if (!this.reads(stream)) break;
        this.write(stream, frame(event));
        stream.place = { seq: event.seq, ordinal: event.ordinal };
      }
    }
    await this.tellHeads(streams.filter(({ heads }) => heads));
    for (const stream of streams) {
      if (this.clock.now() - stream.writtenAt >= this.options.heartbeatMs) this.write(stream, ': here\n\n');
    }
  }

  /** Told after the events of the same look, and without an id: a stream that goes on later goes on after an event. */
  private async tellHeads(streams: readonly Stream[]): Promise<void> {
    if (streams.length === 0) return;
    const heads = await readHeads(this.database, [...new Set(streams.map(({ accountId }) => accountId))]);
    for (const stream of streams) {
      const head = heads.get(stream.accountId) ?? 0;
      if (head === stream.head) continue;
      stream.head = head;
      this.write(stream, `event: head\ndata: ${JSON.stringify({ seq: head })}\n\n`);
    }
  }

  private async endInvalid(): Promise<void> {
    const now = this.clock.now();
    for (const { out, openedAt } of this.streams) if (now - openedAt >= this.options.lifeMs) out.end();
    if (Math.abs(now - this.keysCheckedAt) < KEYS_EVERY_MS) return;
    this.keysCheckedAt = now;
    const byKey = [...this.streams].filter(({ caller }) => caller.actor.startsWith('key:'));
    const valid = await readValidKeys(this.database, [...new Set(byKey.map(({ caller }) => caller.keyId))], now);
    for (const { caller, out } of byKey) if (!valid.has(caller.keyId)) out.end();
    await this.endSignedOut(now);
  }

  private async endSignedOut(now: number): Promise<void> {
    const signedIn = [...this.streams].flatMap(({ session, out }) => (session === null ? [] : [{ session, out }]));
    if (signedIn.length === 0) return;
    const valid = await readValidSessions(this.database, signedIn.map(({ session }) => session), now);
    for (const { session, out } of signedIn) if (!valid.has(session.toString('hex'))) out.end();
  }

  /** Whether more may be written. What waits for a client is kept in memory: one that does not read is cut. */
  private reads(stream: Stream): boolean {
    const { out } = stream;
    if (out.writableEnded || out.destroyed) return false;
    if (out.writableLength <= this.options.waitingBytes) {
      stream.fullSince = null;
      return true;
    }
    const now = this.clock.now();
    stream.fullSince ??= now;
    if (now - stream.fullSince >= this.options.patienceMs) {
      out.destroy();
      this.streams.delete(stream);
    }
    return false;
  }

  private write(stream: Stream, text: string): void {
    if (stream.out.writableEnded || stream.out.destroyed) return;
    stream.out.write(text);
    stream.writtenAt = this.clock.now();
  }
}

/** JSON has no line break in it, so that one line is enough. */
function frame(event: LedgerEvent): string {
  const { id, type, at, accountId, seq, data } = event;
  return `id: ${id}\nevent: ${type}\ndata: ${JSON.stringify({ type, timestamp: at, id, accountId, seq, data })}\n\n`;
}
