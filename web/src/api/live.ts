import { useQueryClient, type Query, type QueryClient } from '@tanstack/react-query';
import { useEffect, useSyncExternalStore } from 'react';
import { bearerHeader } from './client';

export interface LiveState {
  /** Whether changes arrive by themselves; else pages look for them now and then. */
  readonly on: boolean;
  /** The account's newest entry, as far as it was told; null: nothing was told yet. */
  readonly seq: number | null;
}

const OFF: LiveState = { on: false, seq: null };
const AGAIN_MS = 15_000;
/** By then what was being read when the stream opened has been read. */
const SETTLED_MS = 3_000;
/** Every debit of a busy account is a change; people read no faster than this. */
const BETWEEN_MS = 1_000;
/** What an entry may change. The ledger's own pages are shown anew when they are asked for: rows must not move under a reader. */
const MOVED = new Set(['overview', 'burn', 'lots', 'purchases', 'proposals', 'unfunded', 'notices', 'alert-rules', 'periods', 'statement', 'order-forms']);

let state = OFF;
const watchers = new Set<() => void>();

function become(next: LiveState): void {
  if (next.on === state.on && next.seq === state.seq) return;
  state = next;
  for (const tell of watchers) tell();
}

export function useLive(): LiveState {
  return useSyncExternalStore(
    (tell) => {
      watchers.add(tell);
      return () => watchers.delete(tell);
    },
    () => state,
  );
}

/** How often to ask for what the stream would have said; rarely, while it does. For what time alone changes it still has to be. */
export function unlessLive(everyMs: number): () => number {
  return () => (state.on ? Math.max(everyMs, 60_000) : everyMs);
}

/** Looks again at what an entry may have changed, at most once a second, the last change included. */
class Refresh {
  private lastAt = -Infinity;
  private timer: ReturnType<typeof setTimeout> | null = null;

  constructor(
    private readonly client: QueryClient,
    private readonly accountId: string,
  ) {}

  soon(): void {
    if (this.timer !== null) return;
    const wait = this.lastAt + BETWEEN_MS - performance.now();
    this.timer = setTimeout(() => {
      this.timer = null;
      this.now();
    }, Math.max(0, wait));
  }

  /** After connecting: only if something happened since the figures on the page were read. */
  ifBehind(seq: number): void {
    const read = this.client.getQueryData<{ readonly seq: number }>(['account', this.accountId, 'overview']);
    if (read !== undefined && read.seq < seq) this.soon();
  }

  now(): void {
    this.lastAt = performance.now();
    const predicate = ({ queryKey: [, accountId, what] }: Query): boolean => accountId === this.accountId && MOVED.has(String(what));
    void this.client.invalidateQueries({ queryKey: ['account'], predicate });
  }

  stop(): void {
    if (this.timer !== null) clearTimeout(this.timer);
  }
}

/**
 * Keeps what is shown of an account current, by the service's event stream. It is open only while the page is seen: browsers
 * have few connections to a host, and a page behind others must not take them. In a frame there is no cookie for it to go by.
 */
export function useLiveUpdates(accountId: string | null): void {
  const client = useQueryClient();
  useEffect(() => {
    if (accountId === null || bearerHeader() !== null) return undefined;
    const refresh = new Refresh(client, accountId);
    let source: EventSource | null = null;
    let again: ReturnType<typeof setTimeout> | null = null;
    let checks: ReturnType<typeof setTimeout>[] = [];
    const close = (): void => {
      source?.close();
      source = null;
      if (again !== null) clearTimeout(again);
      again = null;
      for (const check of checks) clearTimeout(check);
    };
    const lost = (): void => {
      if (state.on) refresh.now();
      become(OFF);
    };
    const open = (): void => {
      close();
      const opened = new EventSource(`/v1/accounts/${encodeURIComponent(accountId)}/events?heads=true`);
      source = opened;
      opened.addEventListener('head', ({ data }: MessageEvent<string>) => {
        const { seq } = JSON.parse(data) as { seq: number };
        const known = state.seq;
        become({ on: true, seq });
        if (known !== null && seq > known) refresh.soon();
        if (known === null) checks = [0, SETTLED_MS].map((wait) => setTimeout(() => { refresh.ifBehind(seq); }, wait));
      });
      opened.addEventListener('error', () => {
        lost();
        // Refused for good (signed out, too many streams): the browser does not try again by itself.
        if (opened.readyState === EventSource.CLOSED && source === opened) again = setTimeout(open, AGAIN_MS);
      });
    };
    const seen = (): void => {
      if (document.visibilityState === 'visible') {
        if (source === null) open();
      } else {
        close();
        become(OFF);
      }
    };
    seen();
    document.addEventListener('visibilitychange', seen);
    return () => {
      document.removeEventListener('visibilitychange', seen);
      close();
      refresh.stop();
      become(OFF);
    };
  }, [client, accountId]);
}
