import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { Controller, Get, Inject, Param, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ExportAccount } from '../../operations/export-account.js';
import { callerOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { VERIFIER_FILE } from '../tokens.js';

@ApiTags('Proof')
@Controller()
export class ExportController {
  constructor(
    private readonly exportAccount: ExportAccount,
    @Inject(VERIFIER_FILE) private readonly verifierFile: string,
  ) {}

  @Get('v1/accounts/:accountId/export')
  @Operation({
    id: 'exportAccount',
    summary: 'The whole ledger of an account, to be verified offline',
    description:
      'Lines of JSON, streamed: entries with their postings and metadata, rates, balances, signed heads, public keys. `node verify.mjs EXPORT --key PEM` proves it without this service; /verify.mjs is that file. A stream that breaks off lacks its last line, and the verifier says so.',
    file: 'application/x-ndjson',
    problems: ['account-not-found', 'entry-not-found'],
  })
  async export(@Param('accountId') accountId: string, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const lines = await this.exportAccount.run(accountId, callerOf(request).accountId !== null);
    void reply
      .header('content-type', 'application/x-ndjson; charset=utf-8')
      .header('content-disposition', `attachment; filename="ledger-${accountId}.ndjson"`)
      .header('link', '</verify.mjs>; rel="describedby"; type="text/javascript"')
      .send(Readable.from(lines, { objectMode: false }));
  }

  @Get('verify.mjs')
  @Operation({ id: 'getVerifier', summary: 'The offline verifier: one file for Node 20 that needs nothing else', file: 'text/javascript' })
  verifier(@Res() reply: FastifyReply): void {
    void reply
      .header('content-type', 'text/javascript; charset=utf-8')
      .header('content-disposition', 'attachment; filename="verify.mjs"')
      .header('x-content-type-options', 'nosniff')
      .send(createReadStream(this.verifierFile));
  }
}
