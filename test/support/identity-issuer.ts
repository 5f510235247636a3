import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SignJWT, exportJWK, generateKeyPair, type CryptoKey } from 'jose';

interface SigningKey {
  readonly kid: string;
  readonly alg: string;
  readonly secret: CryptoKey;
  readonly published: object;
}

/** An OpenID Connect issuer on this machine: a discovery document, a set of public keys, and tokens signed with them. */
export class IdentityIssuer {
  private keys: SigningKey[] = [];
  asked = 0;
  /** Answers nothing but this, while it is set. */
  failing: number | null = null;
  /** What the discovery document says who it is; normally its own address. */
  claimedIssuer: string | null = null;
  /** The ID token that its token endpoint answers any code with. */
  idToken = '';

  private constructor(private readonly server: Server) {}

  static async start(): Promise<IdentityIssuer> {
    const server = createServer((request, response) => {
      issuer.asked += 1;
      if (issuer.failing !== null) {
        response.writeHead(issuer.failing).end();
        return;
      }
      const body =
        request.url === '/.well-known/openid-configuration'
          ? { issuer: issuer.claimedIssuer ?? issuer.url, jwks_uri: `${issuer.url}/keys`, authorization_endpoint: `${issuer.url}/auth`, token_endpoint: `${issuer.url}/token` }
          : request.url === '/token'
            ? { access_token: 'opaque', token_type: 'Bearer', id_token: issuer.idToken }
            : { keys: issuer.keys.map(({ published }) => published) };
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const issuer = new IdentityIssuer(server);
    await issuer.changeKey('first', 'RS256');
    return issuer;
  }

  get url(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }

  /** From now on signs with a new key, and publishes no other. */
  async changeKey(kid: string, alg: string): Promise<void> {
    const { publicKey, privateKey } = await generateKeyPair(alg);
    this.keys = [{ kid, alg, secret: privateKey, published: { ...(await exportJWK(publicKey)), kid, alg, use: 'sig' } }];
  }

  /** A token for ten minutes from `now` (milliseconds), with more claims, or other ones. */
  async token(claims: object, now: number, header: { readonly kid?: string } = {}): Promise<string> {
    const [key] = this.keys;
    if (key === undefined) throw new Error('the issuer has no key');
    const second = Math.floor(now / 1_000);
    return new SignJWT({ iss: this.url, aud: 'credits', sub: 'jane@example.org', iat: second, exp: second + 600, ...claims })
      .setProtectedHeader({ alg: key.alg, kid: key.kid, ...header })
      .sign(key.secret);
  }

  close(): Promise<void> {
    this.server.closeAllConnections();
    return new Promise((resolve) => this.server.close(() => { resolve(); }));
  }
}
