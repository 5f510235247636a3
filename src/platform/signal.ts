/** Says that something happened to whoever listens in this process. Nothing is promised to those who listen later. */
export class Signal {
  private readonly listeners = new Set<() => void>();

  readonly raise = (): void => {
    for (const listener of this.listeners) listener();
  };

  listen(listener: () => void): void {
    this.listeners.add(listener);
  }
}
