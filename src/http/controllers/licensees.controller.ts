import { Body, Controller, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { refuse } from '../../domain/errors.js';
import { CreateLicensee } from '../../operations/create-licensee.js';
import { readLicensee } from '../../postgres/reads/accounts.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { sendAnswered } from '../rendering/send.js';
import { licenseeView } from '../rendering/views.js';
import { licenseeAnswer } from '../schemas/answers.js';
import { newLicensee } from '../schemas/requests.js';
import { DATABASE } from '../tokens.js';

@ApiTags('Catalogue')
@Controller('v1/licensees')
export class LicenseesController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly createLicensee: CreateLicensee,
  ) {}

  @Post()
  @Operation({ id: 'createLicensee', summary: 'Register a licensee', status: 201, answer: licenseeAnswer, problems: ['licensee-exists'] })
  async create(
    @Body({ schema: newLicensee }) body: z.infer<typeof newLicensee>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendAnswered(reply, await this.createLicensee.run(body, requesterOf(request)), licenseeView);
  }

  @Get(':licenseeId')
  @Operation({ id: 'getLicensee', summary: 'Get a licensee', answer: licenseeAnswer, problems: ['licensee-not-found'] })
  async get(@Param('licenseeId') licenseeId: string): Promise<unknown> {
    const licensee = await readLicensee(this.database, licenseeId);
    return licensee === null ? refuse('licensee-not-found', 'There is no such licensee.') : licenseeView(licensee);
  }
}
