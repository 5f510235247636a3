import {
  AuthorizationResponseError,
  ClientError,
  ClientSecretPost,
  None,
  ResponseBodyError,
  WWWAuthenticateChallengeError,
  allowInsecureRequests,
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  discovery,
  enableNonRepudiationChecks,
  fetchUserInfo,
  randomNonce,
  randomPKCECodeVerifier,
  randomState,
  type Configuration,
  type IDToken,
} from 'openid-client';
import { refuse } from '../../domain/errors.js';
import type { IdentityProvider, SignInClient } from '../../platform/identity-provider.js';
import type { WallClock } from '../../platform/wall-clock.js';
import { claimAt } from '../access/claims.js';
import type { SignInTickets } from './sign-in-tickets.js';

const TICKET_MS = 10 * 60_000;
const ANSWER_TIMEOUT_S = 5;

export interface CompletedSignIn {
  readonly claims: Readonly<Record<string, unknown>> & { readonly sub: string };
  readonly idToken: string;
  /** What only this sign-in has. */
  readonly state: string;
  readonly returnTo: string;
}

export interface SignInParts {
  readonly provider: IdentityProvider;
  readonly client: SignInClient;
  /** Where people reach the service, without a slash at the end. */
  readonly publicUrl: string;
  readonly tickets: SignInTickets;
  readonly clock: WallClock;
  /** Told why a sign-in came to nothing, by a code. */
  readonly onRefused: (reason: string) => void;
}

/**
 * Signing in at the organisation's identity provider: OpenID Connect, authorization code with PKCE, state and nonce. The page
 * that began it holds the ticket, the provider sends the browser back to it, and the page brings both here.
 */
export class IdentitySignIn {
  private configuration: Promise<Configuration> | null = null;

  constructor(private readonly parts: SignInParts) {}

  async begin(returnTo: string): Promise<{ readonly ticket: string; readonly location: string }> {
    const { client, tickets, clock } = this.parts;
    const configuration = await this.configured();
    const [state, nonce, verifier] = [randomState(), randomNonce(), randomPKCECodeVerifier()];
    const location = buildAuthorizationUrl(configuration, {
      redirect_uri: this.address(),
      scope: client.scope,
      state,
      nonce,
      code_challenge: await calculatePKCECodeChallenge(verifier),
      code_challenge_method: 'S256',
    });
    return { ticket: tickets.write({ state, nonce, verifier, returnTo, until: clock.now() + TICKET_MS }), location: location.href };
  }

  /** `answer`: the query with which the provider sent the browser back, without the question mark. */
  async complete(ticket: string, answer: string): Promise<CompletedSignIn> {
    const underWay = this.parts.tickets.read(ticket, this.parts.clock.now());
    if (underWay === null) refuse('sign-in-refused', 'This sign-in was begun too long ago, or elsewhere. Begin again.');
    const { state, nonce, verifier, returnTo } = underWay;
    const configuration = await this.configured();
    const back = new URL(this.address());
    back.search = answer;
    return this.asked(async () => {
      const tokens = await authorizationCodeGrant(configuration, back, { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true });
      const claims = tokens.claims();
      if (claims === undefined || tokens.id_token === undefined) return refuse('sign-in-refused', 'The identity provider has vouched for nobody.');
      return { claims: await this.withRoles(configuration, claims, tokens.access_token), idToken: tokens.id_token, state, returnTo };
    });
  }

  /** Where a browser ends the provider's own session; null: it does not offer that, or does not answer just now. */
  async endAt(idToken: string): Promise<string | null> {
    const configuration = await this.configured().catch(() => null);
    if (configuration?.serverMetadata().end_session_endpoint === undefined) return null;
    return buildEndSessionUrl(configuration, { id_token_hint: idToken, post_logout_redirect_uri: this.address() }).href;
  }

  private address(): string {
    return `${this.parts.publicUrl}/app/sign-in`;
  }

  /** Some providers put roles into the ID token, others only into what they answer about the person. */
  private async withRoles(configuration: Configuration, claims: IDToken, accessToken: string): Promise<CompletedSignIn['claims']> {
    const { rolesClaim } = this.parts.provider;
    if (claimAt(claims, rolesClaim) !== undefined || configuration.serverMetadata().userinfo_endpoint === undefined) return claims;
    return { ...(await fetchUserInfo(configuration, accessToken, claims.sub)), ...claims };
  }

  private async configured(): Promise<Configuration> {
    this.configuration ??= this.discover();
    try {
      return await this.configuration;
    } catch (error) {
      // Asked again with the next sign-in.
      this.configuration = null;
      this.parts.onRefused(judged(error).reason ?? 'the discovery failed');
      return refuse('identity-provider-unavailable', 'The identity provider does not answer. Try again in a moment.');
    }
  }

  private discover(): Promise<Configuration> {
    const { issuer } = this.parts.provider;
    const { clientId, clientSecret } = this.parts.client;
    // eslint-disable-next-line @typescript-eslint/no-deprecated -- never but for a provider on this very machine, as the configuration holds
    const plain = issuer.startsWith('http://') ? [allowInsecureRequests] : [];
    return discovery(new URL(issuer), clientId, undefined, clientSecret === null ? None() : ClientSecretPost(clientSecret), {
      timeout: ANSWER_TIMEOUT_S,
      // The signature of the ID token is checked as well, though it comes straight from the provider.
      execute: [enableNonRepudiationChecks, ...plain],
    });
  }

  /** What the provider refused, or what does not fit together, is told to the log by its code, and never to the browser. */
  private async asked<Result>(ask: () => Promise<Result>): Promise<Result> {
    try {
      return await ask();
    } catch (error) {
      const { reason, unreachable } = judged(error);
      if (reason === null) throw error;
      this.parts.onRefused(reason);
      if (unreachable) return refuse('identity-provider-unavailable', 'The identity provider does not answer. Begin again in a moment.');
      return refuse('sign-in-refused', 'The identity provider did not vouch for this sign-in. Begin again.');
    }
  }
}

const NO_ANSWER: ReadonlySet<string | undefined> = new Set(['OAUTH_TIMEOUT', 'OAUTH_ABORT', 'OAUTH_PARSE_ERROR', 'OAUTH_RESPONSE_IS_NOT_CONFORM', 'OAUTH_RESPONSE_IS_NOT_JSON']);

/** Codes alone: descriptions may name the person. `reason` null: an error of our own. */
function judged(error: unknown): { readonly reason: string | null; readonly unreachable: boolean } {
  if (error instanceof AuthorizationResponseError || error instanceof ResponseBodyError) return { reason: error.error, unreachable: false };
  if (error instanceof WWWAuthenticateChallengeError) return { reason: `status ${String(error.status)}`, unreachable: false };
  if (error instanceof ClientError) return { reason: error.code ?? 'unknown', unreachable: NO_ANSWER.has(error.code) };
  // So `fetch` says that nobody is there.
  if (error instanceof TypeError && error.message === 'fetch failed') return { reason: error.message, unreachable: true };
  return { reason: null, unreachable: false };
}
