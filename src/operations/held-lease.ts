/** A lease that is renewed for as long as its work takes, so that a slow target does not outlast it. */
export class HeldLease {
  private taken = false;
  private renewing: Promise<void> = Promise.resolve();
  private readonly timer: NodeJS.Timeout;

  /** `renew` says whether it is still this one's. `forMs`: how long it lasts without being renewed. */
  constructor(renew: () => Promise<boolean>, forMs: number) {
    this.timer = setInterval(() => {
      // One that fails is made up for by the next; where none succeeds, what is delivered cannot be put on record either.
      this.renewing = renew().then(
        (held) => {
          this.taken ||= !held;
        },
        () => undefined,
      );
    }, forMs / 3);
  }

  /** Another has it by now: this process was held up for longer than it lasts. */
  get lost(): boolean {
    return this.taken;
  }

  /** No renewal comes after this. */
  async end(): Promise<void> {
    clearInterval(this.timer);
    await this.renewing;
  }
}
