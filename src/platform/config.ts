import { z } from 'zod';
import { issuerUrl, rolesText, type IdentityProvider } from './identity-provider.js';
import { LOG_LEVELS, type LogLevel } from './logging.js';

export type Role = 'api' | 'worker';

export interface Config {
  readonly roles: ReadonlySet<Role>;
  readonly http: { readonly host: string; readonly port: number; readonly requestsAtOnce: number };
  readonly database: { readonly writerUrl: string; readonly poolSize: number };
  /** Where the queue is kept; null: in PostgreSQL. */
  readonly redisUrl: string | null;
  readonly ledger: { readonly lanes: number; readonly laneQueueLimit: number };
  /** Credits that operators may give and take alone, per account and thirty days: plain decimal. */
  readonly adjustmentLimit: string;
  /** Origins whose pages may show the web account in a frame. */
  readonly frameAncestors: readonly string[];
  /** How often each key may ask, on each instance. */
  readonly rateLimit: { readonly requests: number; readonly windowSeconds: number };
  /** Who vouches for people; null: nobody, only keys pass. */
  readonly identityProvider: IdentityProvider | null;
  /** A deployment whose business clock may be advanced. */
  readonly sandbox: boolean;
  /** Whether there is a POST that does nothing, for a benchmark to compare with. */
  readonly benchNoop: boolean;
  readonly secrets: Secrets;
  readonly retention: Retention;
  /** Of the payment provider's events; several while one takes the place of another; none: they are not taken. */
  readonly stripeWebhookSecrets: readonly string[];
  /** How contacts are mailed; `url` null: they are not. */
  readonly mail: { readonly url: string | null; readonly from: string };
  /** Where people reach the service: what links in mails begin with, without a slash at the end. */
  readonly publicUrl: string;
  /** Hosts that webhooks may reach wherever they are, and without TLS. For development. */
  readonly webhookAllowedHosts: ReadonlySet<string>;
  readonly logLevel: LogLevel;
  readonly shutdownTimeoutMs: number;
}

/** How many days what is personal is kept. The ledger and its payments are no part of it: they are kept as a whole. */
export interface Retention {
  readonly metadataDays: number;
  /** Origins and reasons of administrative acts. */
  readonly actDetailDays: number;
  readonly privacyRequestDays: number;
  /** The limitation period of contractual notices. */
  readonly evidenceDays: number;
}

export interface Secrets {
  readonly keyPepper: Buffer;
  /** Of these the first one is used, and those before it are still known. */
  readonly pseudonymKeys: readonly Buffer[];
  readonly signingKeys: readonly Buffer[];
  readonly evidenceKeys: readonly Buffer[];
  /** Encrypt the secrets of webhooks in the database, and sign the links that verify contacts. */
  readonly sealingKeys: readonly Buffer[];
}

/** Everything that is wrong, at once: whoever sets up a deployment should not have to find out one start at a time. */
export class ConfigError extends Error {
  constructor(readonly problems: readonly string[]) {
    super(`The configuration is wrong:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`);
    this.name = 'ConfigError';
  }
}

function integer(fallback: number, least: number, most: number) {
  const expected = `must be a whole number from ${String(least)} to ${String(most)} (default ${String(fallback)})`;
  return z
    .string()
    .regex(/^\d{1,9}$/, expected)
    .transform(Number)
    .refine((value) => value >= least && value <= most, expected)
    .default(fallback);
}

function secret(purpose: string) {
  const expected = `must be 32 random bytes in hex, for ${purpose}: make one with "openssl rand -hex 32" and keep it for ever`;
  return z
    .string({ error: expected })
    .regex(/^[0-9a-fA-F]{64}$/, expected)
    .transform((hex) => Buffer.from(hex, 'hex'));
}

/** A secret that can be rotated: the one in use, and after it those before it, with commas between. */
function secrets(purpose: string) {
  const expected = `must be 32 random bytes in hex, for ${purpose}: make one with "openssl rand -hex 32". To rotate it, put the new one in front, with a comma`;
  return z
    .string({ error: expected })
    .regex(/^[0-9a-fA-F]{64}(,[0-9a-fA-F]{64})*$/, expected)
    .transform((list) => list.split(',').map((hex) => Buffer.from(hex, 'hex')));
}

const postgresUrl = (expected: string) => z.url({ protocol: /^postgres(ql)?$/, error: expected });

/** As a browser names it; anything else could end one directive of the policy and begin another. */
function isOrigin(text: string): boolean {
  return URL.canParse(text) && new URL(text).origin === text && /^https?:\/\/[\w.:-]+$/.test(text);
}

const roleList = z
  .string()
  .default('api,worker')
  .transform((list) => list.split(',').map((role) => role.trim()))
  .pipe(z.array(z.enum(['api', 'worker'], { error: 'must be "api", "worker" or "api,worker" (default both)' })).min(1))
  .transform((roles) => new Set<Role>(roles));

const environment = z
  .object({
    NODE_ENV: z.string().optional(),
    ROLE: roleList,
    PORT: integer(3000, 0, 65_535),
    HOST: z.string().min(1, 'must be an address to listen on (default 127.0.0.1)').default('127.0.0.1'),
    DATABASE_WRITER_URL: postgresUrl(
      'must be a postgres:// URL whose role may only append. "npm start" derives it from DATABASE_URL, or from its own database',
    ),
    DATABASE_POOL_SIZE: integer(10, 1, 1_000),
    REDIS_URL: z.url({ protocol: /^rediss?$/, error: 'must be a redis:// URL, or not be set: the queue is kept in PostgreSQL then' }).optional(),
    LANES: integer(2, 1, 256),
    LANE_QUEUE_LIMIT: integer(10_000, 1, 1_000_000),
    ADJUSTMENT_LIMIT: z
      .string()
      .regex(/^(0|[1-9]\d{0,28})(\.\d{1,9})?$/, 'must be credits as a plain decimal of at most 29 integer and 9 fractional digits (default 1000)')
      .default('1000'),
    FRAME_ANCESTORS: z
      .string()
      .default('')
      .transform((list) => list.split(/[\s,]+/).filter((origin) => origin !== ''))
      .refine((origins) => origins.every(isOrigin), 'must be origins such as https://console.example.com, separated by blanks (default none)'),
    SANDBOX: z.enum(['true', 'false'], { error: 'must be "true" or "false" (default false)' }).default('false'),
    BENCH_NOOP: z.enum(['true', 'false'], { error: 'must be "true" or "false" (default false)' }).default('false'),
    REQUESTS_AT_ONCE: integer(1_000, 1, 1_000_000),
    RATE_LIMIT_REQUESTS: integer(20_000, 1, 100_000_000),
    RATE_LIMIT_WINDOW_S: integer(10, 1, 3_600),
    OIDC_ISSUER: issuerUrl.optional(),
    OIDC_AUDIENCE: z.string().optional(),
    OIDC_JWKS_URI: issuerUrl.optional(),
    OIDC_ROLES: rolesText.optional(),
    OIDC_ROLES_CLAIM: z.string().default('roles'),
    OIDC_ACCOUNT_CLAIM: z.string().default('account_id'),
    OIDC_CLIENT_ID: z.string().max(500).optional(),
    OIDC_CLIENT_SECRET: z.string().max(1_000).optional(),
    OIDC_SCOPE: z
      .string()
      .default('openid')
      .refine((scope) => scope.split(' ').includes('openid'), 'must be scopes with blanks between them, and "openid" among them (default openid)'),
    OIDC_SESSION_MINUTES: integer(480, 5, 1_440),
    KEY_PEPPER: secret('the digests of API keys'),
    PSEUDONYM_KEY: secrets("the pseudonyms of end users' ids"),
    SIGNING_KEY: secrets('the signatures of the chains'),
    EVIDENCE_KEY: secrets('the sealed evidence of notices'),
    STRIPE_WEBHOOK_SECRETS: z
      .string()
      .default('')
      .transform((list) => list.split(',').map((one) => one.trim()).filter((one) => one !== ''))
      .refine((list) => list.every((one) => /^whsec_\w{16,}$/.test(one)), 'must be signing secrets of the endpoint, "whsec_...", with commas between them'),
    SEALING_KEY: secrets("webhooks' secrets in the database"),
    SMTP_URL: z.url({ protocol: /^smtps?$/, error: 'must be an smtp:// or smtps:// URL (default: contacts are not mailed)' }).optional(),
    MAIL_FROM: z.string().max(200).regex(/@/, 'must be the sender of mails, such as "AI Credits <credits@example.com>"').default('AI Credits <credits@localhost>'),
    PUBLIC_URL: z.url({ protocol: /^https?$/, error: 'must be the http(s):// URL under which people reach the service (default http://HOST:PORT)' }).optional(),
    WEBHOOK_ALLOWED_HOSTS: z.string().default(''),
    LOG_LEVEL: z.enum(LOG_LEVELS, { error: `must be one of ${LOG_LEVELS.join(', ')} (default info)` }).default('info'),
    RETENTION_METADATA_DAYS: integer(400, 1, 36_500),
    RETENTION_ACT_DETAIL_DAYS: integer(400, 1, 36_500),
    RETENTION_PRIVACY_REQUEST_DAYS: integer(1_095, 30, 36_500),
    RETENTION_EVIDENCE_DAYS: integer(3_653, 365, 36_500),
    SHUTDOWN_TIMEOUT_MS: integer(15_000, 100, 600_000),
  })
  .refine((env) => !(env.NODE_ENV === 'production' && env.SANDBOX === 'true'), {
    path: ['SANDBOX'],
    error: 'must not be true where NODE_ENV is production: whoever may advance the clock could let credits lapse',
    // Also where other variables are wrong, for the list is to be whole.
    when: () => true,
  })
  .refine((env) => (env.OIDC_ISSUER === undefined) === (env.OIDC_AUDIENCE === undefined) && (env.OIDC_ISSUER === undefined) === (env.OIDC_ROLES === undefined), {
    path: ['OIDC_ISSUER'],
    error: 'goes with OIDC_AUDIENCE and OIDC_ROLES: set all three, or none',
  })
  .refine((env) => env.OIDC_CLIENT_ID === undefined || (env.OIDC_ISSUER !== undefined && env.PUBLIC_URL !== undefined), {
    path: ['OIDC_CLIENT_ID'],
    error: 'goes with OIDC_ISSUER and PUBLIC_URL: people come back from the provider to PUBLIC_URL/app/sign-in',
  })
  .refine((env) => env.OIDC_CLIENT_SECRET === undefined || env.OIDC_CLIENT_ID !== undefined, {
    path: ['OIDC_CLIENT_SECRET'],
    error: 'goes with OIDC_CLIENT_ID',
  });

export function parseConfig(env: NodeJS.ProcessEnv): Config {
  // A variable that is set to nothing, as docker compose passes it on, counts as not set.
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== undefined && value !== ''));
  const parsed = environment.safeParse(given);
  if (!parsed.success) {
    throw new ConfigError(parsed.error.issues.map((issue) => `${String(issue.path[0])} ${issue.message}`));
  }
  const values = parsed.data;
  return {
    roles: values.ROLE,
    http: { host: values.HOST, port: values.PORT, requestsAtOnce: values.REQUESTS_AT_ONCE },
    database: { writerUrl: values.DATABASE_WRITER_URL, poolSize: values.DATABASE_POOL_SIZE },
    redisUrl: values.REDIS_URL ?? null,
    ledger: { lanes: values.LANES, laneQueueLimit: values.LANE_QUEUE_LIMIT },
    adjustmentLimit: values.ADJUSTMENT_LIMIT,
    frameAncestors: values.FRAME_ANCESTORS,
    rateLimit: { requests: values.RATE_LIMIT_REQUESTS, windowSeconds: values.RATE_LIMIT_WINDOW_S },
    identityProvider: identityProviderOf(values),
    sandbox: values.SANDBOX === 'true',
    benchNoop: values.BENCH_NOOP === 'true',
    secrets: {
      keyPepper: values.KEY_PEPPER,
      pseudonymKeys: values.PSEUDONYM_KEY,
      signingKeys: values.SIGNING_KEY,
      evidenceKeys: values.EVIDENCE_KEY,
      sealingKeys: values.SEALING_KEY,
    },
    stripeWebhookSecrets: values.STRIPE_WEBHOOK_SECRETS,
    mail: { url: values.SMTP_URL ?? null, from: values.MAIL_FROM },
    publicUrl: (values.PUBLIC_URL ?? `http://${values.HOST}:${String(values.PORT)}`).replace(/\/+$/, ''),
    webhookAllowedHosts: new Set(values.WEBHOOK_ALLOWED_HOSTS.split(',').map((host) => host.trim()).filter((host) => host !== '')),
    retention: {
      metadataDays: values.RETENTION_METADATA_DAYS,
      actDetailDays: values.RETENTION_ACT_DETAIL_DAYS,
      privacyRequestDays: values.RETENTION_PRIVACY_REQUEST_DAYS,
      evidenceDays: values.RETENTION_EVIDENCE_DAYS,
    },
    logLevel: values.LOG_LEVEL,
    shutdownTimeoutMs: values.SHUTDOWN_TIMEOUT_MS,
  };
}

function identityProviderOf(values: z.infer<typeof environment>): IdentityProvider | null {
  const { OIDC_ISSUER: issuer, OIDC_AUDIENCE: audience, OIDC_ROLES: roles, OIDC_CLIENT_ID: clientId } = values;
  if (issuer === undefined || audience === undefined || roles === undefined) return null;
  const signIn =
    clientId === undefined
      ? null
      : { clientId, clientSecret: values.OIDC_CLIENT_SECRET ?? null, scope: values.OIDC_SCOPE, sessionMinutes: values.OIDC_SESSION_MINUTES };
  return { issuer, audience, roles, jwksUri: values.OIDC_JWKS_URI ?? null, rolesClaim: values.OIDC_ROLES_CLAIM, accountClaim: values.OIDC_ACCOUNT_CLAIM, signIn };
}
