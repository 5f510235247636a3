import { Controller, Post, Req, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { callerOf } from '../access/requester.js';
import { sendJson } from '../rendering/send.js';

/** The baseline of the benchmark: what a POST costs that is admitted and parsed like a debit, and does nothing. */
@ApiExcludeController()
@Controller('v1/noop')
export class NoopController {
  @Post()
  noop(@Req() request: FastifyRequest, @Res() reply: FastifyReply): void {
    callerOf(request);
    sendJson(reply, 201, '{}');
  }
}
