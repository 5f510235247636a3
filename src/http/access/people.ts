import { createRemoteJWKSet, errors, jwtVerify, type JWTPayload, type JWTVerifyGetKey } from 'jose';
import { z } from 'zod';
import { refusal, type Refusal } from '../../domain/errors.js';
import type { IdentityProvider } from '../../platform/identity-provider.js';
import type { WallClock } from '../../platform/wall-clock.js';
import type { Caller } from './caller.js';
import { callerOfClaims } from './claims.js';

/** Signatures that only the issuer can make. Nothing symmetric, and never `none`. */
const ALGORITHMS = ['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512', 'ES256', 'ES384', 'ES512', 'EdDSA', 'Ed25519'];
const CLOCKS_DIFFER_S = 5;
const ANSWER_TIMEOUT_MS = 5_000;
/** A key that the issuer withdrew passes no longer than this. */
const KEYS_REMEMBERED_MS = 60_000;
/** A token with a key that is not known asks the issuer for its keys at most this often. */
const ASKED_AGAIN_AFTER_MS = 5_000;

const discovered = z.object({ issuer: z.string(), jwks_uri: z.url() });

/** People, by the tokens (JWT) that their organisation's identity provider gives them: OpenID Connect, keys by JWKS. */
export class People {
  private keys: JWTVerifyGetKey | null = null;

  constructor(
    private readonly provider: IdentityProvider,
    private readonly pseudonymKey: Buffer,
    private readonly clock: WallClock,
  ) {}

  /** The caller that a token stands for, or why there is none. The token's own words are never repeated. */
  async recognise(token: string): Promise<Caller | Refusal> {
    const { issuer, audience } = this.provider;
    let claims: JWTPayload;
    try {
      this.keys ??= await this.findKeys();
      ({ payload: claims } = await jwtVerify(token, this.keys, {
        issuer,
        audience,
        algorithms: ALGORITHMS,
        requiredClaims: ['exp', 'sub'],
        clockTolerance: CLOCKS_DIFFER_S,
        currentDate: new Date(this.clock.now()),
      }));
    } catch (error) {
      if (isTheTokensFault(error)) return refusal('unauthenticated', 'This token is not valid here: expired, of another issuer or audience, or wrongly signed.');
      return refusal('identity-provider-unavailable', 'The keys of the identity provider cannot be had. Send the same request again.');
    }
    return callerOfClaims(this.provider, this.pseudonymKey, claims);
  }

  private async findKeys(): Promise<JWTVerifyGetKey> {
    const { jwksUri } = this.provider;
    return createRemoteJWKSet(new URL(jwksUri ?? (await this.discover())), {
      timeoutDuration: ANSWER_TIMEOUT_MS,
      cooldownDuration: ASKED_AGAIN_AFTER_MS,
      cacheMaxAge: KEYS_REMEMBERED_MS,
    });
  }

  private async discover(): Promise<string> {
    const { issuer } = this.provider;
    const address = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
    const answer = await fetch(address, { redirect: 'error', signal: AbortSignal.timeout(ANSWER_TIMEOUT_MS) });
    const document = discovered.parse(await answer.json());
    if (document.issuer !== issuer) throw new Error('the discovery document is that of another issuer');
    return document.jwks_uri;
  }
}

/** A wrong token is the caller's fault; keys that cannot be had are nobody's whom it could tell apart. */
function isTheTokensFault(error: unknown): boolean {
  return error instanceof errors.JOSEError && !(error instanceof errors.JWKSTimeout) && error.code !== 'ERR_JOSE_GENERIC' && error.code !== 'ERR_JWKS_INVALID';
}
