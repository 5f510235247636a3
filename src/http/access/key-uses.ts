const WRITTEN_EVERY_MS = 20_000;

type WriteUses = (uses: ReadonlyMap<string, number>) => Promise<void>;

/** When keys were used last: noted in memory, and written now and then, so that no request waits for it. */
export class KeyUses {
  private uses = new Map<string, number>();
  private timer: NodeJS.Timeout | null = null;

  constructor(
    private readonly write: WriteUses,
    private readonly onFailure: (error: unknown) => void,
  ) {}

  note(keyId: string, now: number): void {
    this.uses.set(keyId, now);
  }

  start(): void {
    this.timer = setInterval(() => void this.flush(), WRITTEN_EVERY_MS);
    this.timer.unref();
  }

  async flush(): Promise<void> {
    if (this.uses.size === 0) return;
    const { uses } = this;
    this.uses = new Map();
    // A use that could not be written is no reason to fail anything: the next one says the same.
    await this.write(uses).catch(this.onFailure);
  }

  async stop(): Promise<void> {
    if (this.timer !== null) clearInterval(this.timer);
    await this.flush();
  }
}
