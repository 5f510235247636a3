import { Controller, Get, HttpCode, Inject, ServiceUnavailableException } from '@nestjs/common';

/** Names what keeps the service from serving; an empty list when it is ready. */
export type Readiness = () => Promise<readonly string[]>;

export const READINESS = Symbol('readiness');

@Controller('health')
export class HealthController {
  constructor(@Inject(READINESS) private readonly readiness: Readiness) {}

  /** The process answers. Nothing else is asked: a restart would not mend a database. */
  @Get('live')
  @HttpCode(200)
  live(): { status: 'live' } {
    return { status: 'live' };
  }

  /** Whether requests should be sent here. */
  @Get('ready')
  async ready(): Promise<{ status: 'ready' }> {
    const problems = await this.readiness();
    if (problems.length > 0) throw new ServiceUnavailableException({ status: 'not ready', problems });
    return { status: 'ready' };
  }
}
