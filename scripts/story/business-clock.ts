import type { ApiClient } from './api-client.js';

/** The test clock of a sandbox, through the API. */
export class BusinessClock {
  constructor(
    private readonly client: ApiClient,
    private readonly operatorKey: string,
  ) {}

  /** Business time, milliseconds since the epoch. */
  async now(): Promise<number> {
    const { businessTime } = await this.client.succeed<{ businessTime: string }>({ method: 'GET', path: '/v1/clock', apiKey: this.operatorKey });
    return Date.parse(businessTime);
  }

  /** Does nothing where business time has come that far already. */
  async advanceTo(instant: number): Promise<void> {
    if ((await this.now()) >= instant) return;
    const to = new Date(instant).toISOString();
    await this.client.succeed({ method: 'POST', path: '/v1/clock/advance', apiKey: this.operatorKey, idempotencyKey: `advance-to-${to}`, body: { to } });
  }
}
