import { Body, Controller, Delete, Get, Inject, Param, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { DataSource } from 'typeorm';
import type { z } from 'zod';
import { ContactBook } from '../../operations/contact-book.js';
import { readContacts } from '../../postgres/catalogue/contacts.js';
import { reading } from '../access/reading.js';
import { requesterOf } from '../access/requester.js';
import { Operation } from '../openapi/operation.js';
import { existingAccount } from '../parsing/existing-account.js';
import { sendAnswered, sendJson } from '../rendering/send.js';
import { contactView } from '../rendering/telling-views.js';
import { noFields } from '../schemas/requests.js';
import { contactAnswer, contactsAnswer, newContact } from '../schemas/telling.js';
import { DATABASE } from '../tokens.js';

/** Contacts belong to the licensee: they are the same at each of its accounts. */
@ApiTags('Contacts')
@Controller('v1/accounts/:accountId/contacts')
export class ContactsController {
  constructor(
    @Inject(DATABASE) private readonly database: DataSource,
    private readonly contacts: ContactBook,
  ) {}

  @Post()
  @Operation({
    id: 'addContact',
    summary: 'Add a contact of the licensee',
    description: 'A link is mailed to the address. Until it is used, nothing else is mailed there, and no notice counts as delivered (P2, P3).',
    status: 201,
    answer: contactAnswer,
    problems: ['account-not-found', 'contact-exists', 'contact-not-found', 'limit-reached'],
  })
  async add(
    @Param('accountId') accountId: string,
    @Body({ schema: newContact }) body: z.infer<typeof newContact>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { answer, replayed } = await this.contacts.add(accountId, body, requesterOf(request));
    sendAnswered(reply, { answer: await this.contacts.find(accountId, answer.contactId), replayed }, contactView);
  }

  @Get()
  @Operation({ id: 'listContacts', summary: 'Contacts, and which of them mail reaches', answer: contactsAnswer, problems: ['account-not-found'] })
  async list(@Param('accountId') accountId: string, @Req() request: FastifyRequest): Promise<unknown> {
    return reading(this.database, request, async (database) => {
      await existingAccount(database, accountId);
      return { items: (await readContacts(database, accountId)).map(contactView) };
    });
  }

  @Delete(':contactId')
  @Operation({
    id: 'removeContact',
    summary: 'Remove a contact',
    description: 'Its name and address are erased. Notices that were delivered to it stay delivered.',
    status: 204,
    problems: ['account-not-found', 'contact-not-found'],
  })
  async remove(@Param('accountId') accountId: string, @Param('contactId') contactId: string): Promise<void> {
    await this.contacts.remove(accountId, contactId);
  }

  @Post(':contactId/link')
  @Operation({
    id: 'mailContactLink',
    summary: 'Mail the verifying link again',
    description: 'At most every five minutes; linkSentAt says when it was sent last.',
    status: 201,
    answer: contactAnswer,
    problems: ['account-not-found', 'contact-not-found'],
  })
  async link(
    @Param('accountId') accountId: string,
    @Param('contactId') contactId: string,
    @Body({ schema: noFields }) _body: z.infer<typeof noFields>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendJson(reply, 201, JSON.stringify(contactView(await this.contacts.askForLink(accountId, contactId))));
  }

  @Post(':contactId/bounce')
  @Operation({
    id: 'reportBounce',
    summary: 'Report that mail to a contact came back',
    description: 'For bounces that come later, as mails of their own. The contact is flagged to both sides; notices mailed to it whose thirty days still run are not delivered any more (P2, P3).',
    status: 201,
    answer: contactAnswer,
    problems: ['account-not-found', 'contact-not-found'],
  })
  async bounce(
    @Param('accountId') accountId: string,
    @Param('contactId') contactId: string,
    @Body({ schema: noFields }) _body: z.infer<typeof noFields>,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    sendJson(reply, 201, JSON.stringify(contactView(await this.contacts.reportBounce(accountId, contactId))));
  }
}
