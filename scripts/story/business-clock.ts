import type { ApiClient } from './api-client.js';

/** The test clock of a sandbox, through the API. */
export class BusinessClock {
  constructor(
    private readonly client: ApiClient,
    private readonly operatorKey: string,
  ) {}

  /** Business time, milliseconds since the epoch. */
  async now(): Promise<number> {
    return Date.parse((await this.read()).businessTime);
  }

  /** Whether this is a sandbox. */
  async isAdvanceable(): Promise<boolean> {
    return (await this.read()).advanceable;
  }

  /** Does nothing where business time has come that far already. */
  async advanceTo(instant: number): Promise<void> {
    if ((await this.now()) >= instant) return;
    const to = new Date(instant).toISOString();
    await this.client.succeed({ method: 'POST', path: '/v1/clock/advance', apiKey: this.operatorKey, idempotencyKey: `advance-to-${to}`, body: { to } });
  }

  private read(): Promise<{ businessTime: string; advanceable: boolean }> {
    return this.client.succeed({ method: 'GET', path: '/v1/clock', apiKey: this.operatorKey });
  }
}
