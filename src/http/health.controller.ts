import { Controller, Get, Inject, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { z } from 'zod';
import { Operation } from './openapi/operation.js';

/** Names what keeps the service from serving; an empty list when it is ready. */
export type Readiness = () => Promise<readonly string[]>;

export const READINESS = Symbol('readiness');

const alive = z.strictObject({ status: z.literal('live') }).meta({ id: 'Alive' });
const ready = z
  .strictObject({ status: z.enum(['ready', 'not ready']), problems: z.array(z.string()).optional() })
  .meta({ id: 'Ready', description: 'With 503 where it is not ready.' });

@ApiTags('Service')
@Controller('health')
export class HealthController {
  constructor(@Inject(READINESS) private readonly readiness: Readiness) {}

  /** The process answers. Nothing else is asked: a restart would not mend a database. */
  @Get('live')
  @Operation({ id: 'getLiveness', summary: 'Whether the process answers', answer: alive })
  live(): z.infer<typeof alive> {
    return { status: 'live' };
  }

  /** Whether requests should be sent here. */
  @Get('ready')
  @Operation({ id: 'getReadiness', summary: 'Whether requests should be sent here', description: '503 where not.', answer: ready })
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<z.infer<typeof ready>> {
    const problems = await this.readiness();
    if (problems.length === 0) return { status: 'ready' };
    void reply.code(503);
    return { status: 'not ready', problems: [...problems] };
  }
}
