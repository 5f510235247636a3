import type { ApiClient } from './api-client.js';
import { BusinessClock } from './business-clock.js';

/** What happens at an instant of business time, milliseconds since the epoch. */
export interface Scene {
  readonly at: number;
  play(): Promise<void>;
}

/** A test clock on whose way things happen: it stops at each scene and plays it, in order, before it goes on. */
export class StagedClock extends BusinessClock {
  private played = 0;

  constructor(
    client: ApiClient,
    operatorKey: string,
    private readonly scenes: readonly Scene[],
  ) {
    super(client, operatorKey);
  }

  override async advanceTo(instant: number): Promise<void> {
    for (let scene = this.scenes[this.played]; scene !== undefined && scene.at <= instant; scene = this.scenes[this.played]) {
      await super.advanceTo(scene.at);
      await scene.play();
      this.played += 1;
    }
    await super.advanceTo(instant);
  }
}
