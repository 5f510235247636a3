import { Body, Controller, Delete, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { instantText } from '../../domain/calendar.js';
import { refuse } from '../../domain/errors.js';
import { PersonSessions } from '../../operations/person-sessions.js';
import { WebSessions } from '../../operations/web-sessions.js';
import { credentialOf } from '../access/credential.js';
import { callerOf } from '../access/requester.js';
import { isSameOrigin } from '../access/same-origin.js';
import { endedCookie, sessionCookie } from '../access/session-cookie.js';
import { Operation } from '../openapi/operation.js';
import { sendJson } from '../rendering/send.js';
import { endedSessionAnswer, newSession, newSignInLink, openedSessionAnswer, sessionAnswer, signInLinkAnswer } from '../schemas/sessions.js';
import type { SignIn } from '../sign-in/sign-in-of.js';
import { SANDBOX, SIGN_IN } from '../tokens.js';

const LINK_MINUTES = '10';

@ApiTags('Web account')
@Controller('v1')
export class SessionsController {
  constructor(
    private readonly sessions: WebSessions,
    private readonly personSessions: PersonSessions,
    @Inject(SANDBOX) private readonly sandbox: boolean,
    @Inject(SIGN_IN) private readonly signIn: SignIn | null,
  ) {}

  @Post('sign-in-links')
  @Operation({
    id: 'createSignInLink',
    summary: 'Make a link that signs a person in, once',
    description: 'The person acts with rights that this key lends: what is done bears the key’s name, and ends when the key does.',
    status: 201,
    answer: signInLinkAnswer,
  })
  async link(@Body({ schema: newSignInLink }) body: z.infer<typeof newSignInLink>, @Req() request: FastifyRequest): Promise<unknown> {
    const { scopes, inFrame = false, validMinutes = LINK_MINUTES } = body ?? {};
    const { secret, expiresAt } = await this.sessions.makeLink(callerOf(request), { scopes, inFrame, validMinutes: Number(validMinutes) });
    return { path: `/app/${inFrame ? 'frame' : 'sign-in'}#${secret}`, expiresAt: instantText(expiresAt) };
  }

  @Post('sessions')
  @Operation({
    id: 'openSession',
    summary: 'Sign in with a link',
    description: 'From a page of this service only.',
    status: 201,
    answer: openedSessionAnswer,
    problems: ['forbidden', 'sign-in-link-ended'],
  })
  async open(@Body({ schema: newSession }) { link }: z.infer<typeof newSession>, @Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    // Another site must not sign somebody in as somebody else.
    if (!isSameOrigin(request)) refuse('forbidden', 'Sign in on the page of this service.');
    const { secret, inFrame, scopes, accountId, expiresAt } = await this.sessions.open(link);
    if (!inFrame) void reply.header('set-cookie', sessionCookie(request, secret, expiresAt));
    sendJson(reply, 201, JSON.stringify({ scopes, accountId, expiresAt: instantText(expiresAt), bearer: inFrame ? secret : null }));
  }

  @Get('session')
  @Operation({ id: 'getSession', summary: 'Who asks, and what it may do', answer: sessionAnswer })
  get(@Req() request: FastifyRequest): unknown {
    const { keyId, scopes, accountId } = callerOf(request);
    return { keyId, scopes, accountId, sandbox: this.sandbox };
  }

  @Delete('session')
  @Operation({ id: 'endSession', summary: 'Sign out', description: 'The session passes nowhere any more within 2 seconds. A key is not ended by it.', answer: endedSessionAnswer })
  async end(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    const credential = credentialOf(request);
    const idToken = credential?.kind === 'session' ? await this.endBoth(credential.secret) : null;
    const location = idToken === null || this.signIn === null ? null : await this.signIn.provider.endAt(idToken);
    void reply.header('set-cookie', endedCookie(request));
    sendJson(reply, 200, JSON.stringify({ location }));
  }

  /** A session is a key's or a person's; its secret does not say which. */
  private async endBoth(secret: string): Promise<string | null> {
    await this.sessions.end(secret);
    return this.personSessions.end(secret);
  }
}
