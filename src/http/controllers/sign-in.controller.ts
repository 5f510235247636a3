import { Body, Controller, Get, Inject, Post, Req, Res } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { z } from 'zod';
import { instantText } from '../../domain/calendar.js';
import { refuse } from '../../domain/errors.js';
import { PersonSessions } from '../../operations/person-sessions.js';
import { isSameOrigin } from '../access/same-origin.js';
import { sessionCookie } from '../access/session-cookie.js';
import { Operation } from '../openapi/operation.js';
import { sendJson } from '../rendering/send.js';
import { newSignIn, signInAnswerOfProvider, signInBegunAnswer, signInWaysAnswer, signedInAnswer } from '../schemas/sessions.js';
import type { SignIn } from '../sign-in/sign-in-of.js';
import { SIGN_IN } from '../tokens.js';

@ApiTags('Web account')
@Controller('v1')
export class SignInController {
  constructor(
    @Inject(SIGN_IN) private readonly signIn: SignIn | null,
    private readonly sessions: PersonSessions,
  ) {}

  @Get('sign-in-ways')
  @Operation({ id: 'listSignInWays', summary: 'How people sign in here, besides by links', answer: signInWaysAnswer })
  ways(): unknown {
    return { identityProvider: this.signIn !== null };
  }

  @Post('sign-ins')
  @Operation({
    id: 'beginSignIn',
    summary: 'Begin to sign in at the identity provider',
    description: 'From a page of this service only. OpenID Connect: authorization code with PKCE, state and nonce.',
    status: 201,
    answer: signInBegunAnswer,
    problems: ['forbidden', 'identity-provider-unavailable'],
  })
  async begin(@Body({ schema: newSignIn }) body: z.infer<typeof newSignIn>, @Req() request: FastifyRequest): Promise<unknown> {
    return this.offered(request).provider.begin(body?.returnTo ?? '/');
  }

  @Post('sign-ins/completion')
  @Operation({
    id: 'completeSignIn',
    summary: 'Complete it with what the identity provider answered',
    description: 'From a page of this service only. Opens a session, once, with the rights that the person’s roles have here.',
    status: 201,
    answer: signedInAnswer,
    problems: ['forbidden', 'identity-provider-unavailable', 'sign-in-refused'],
  })
  async complete(
    @Body({ schema: signInAnswerOfProvider }) { ticket, answer }: z.infer<typeof signInAnswerOfProvider>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { provider, callerOf, overTls } = this.offered(request);
    const { claims, idToken, state, returnTo } = await provider.complete(ticket, answer);
    const { actor: person, scopes, accountId } = callerOf(claims);
    const { secret, expiresAt } = await this.sessions.open({ person, scopes, accountId, signIn: state, idToken });
    void reply.header('set-cookie', sessionCookie(request, secret, expiresAt, overTls));
    sendJson(reply, 201, JSON.stringify({ scopes, accountId, expiresAt: instantText(expiresAt), returnTo }));
  }

  private offered(request: FastifyRequest): SignIn {
    if (this.signIn === null) refuse('not-found', 'No identity provider is set up here.');
    // Another site must not sign somebody in as somebody else.
    if (!isSameOrigin(request)) refuse('forbidden', 'Sign in on the page of this service.');
    return this.signIn;
  }
}
