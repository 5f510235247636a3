import { describe, expect, test } from '@jest/globals';
import { ConfigError, parseConfig } from '../../src/platform/config.js';

const least = {
  DATABASE_WRITER_URL: 'postgres://credits_writer:x@127.0.0.1:5432/credits',
  KEY_PEPPER: 'a1'.repeat(32),
  PSEUDONYM_KEY: 'b2'.repeat(32),
  SIGNING_KEY: 'c3'.repeat(32),
  EVIDENCE_KEY: 'd4'.repeat(32),
  SEALING_KEY: 'e5'.repeat(32),
};

function problemsOf(env: NodeJS.ProcessEnv): readonly string[] {
  try {
    parseConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
}

describe('configuration', () => {
  test('needs little, and knows the rest', () => {
    expect(parseConfig(least)).toEqual({
      roles: new Set(['api', 'worker']),
      http: { host: '127.0.0.1', port: 3000, requestsAtOnce: 1_000 },
      database: { writerUrl: least.DATABASE_WRITER_URL, poolSize: 10 },
      ledger: { lanes: 2, laneQueueLimit: 10_000 },
      adjustmentLimit: '1000',
      rateLimit: { requests: 20_000, windowSeconds: 10 },
      identityProvider: null,
      sandbox: false,
      benchNoop: false,
      frameAncestors: [],
      secrets: {
        keyPepper: Buffer.from(least.KEY_PEPPER, 'hex'),
        pseudonymKeys: [Buffer.from(least.PSEUDONYM_KEY, 'hex')],
        signingKeys: [Buffer.from(least.SIGNING_KEY, 'hex')],
        evidenceKeys: [Buffer.from(least.EVIDENCE_KEY, 'hex')],
        sealingKeys: [Buffer.from(least.SEALING_KEY, 'hex')],
      },
      stripeWebhookSecrets: [],
      mail: { url: null, from: 'AI Credits <credits@localhost>' },
      publicUrl: 'http://127.0.0.1:3000',
      webhookAllowedHosts: new Set(),
      redisUrl: null,
      retention: { metadataDays: 400, actDetailDays: 400, privacyRequestDays: 1_095, evidenceDays: 3_653 },
      logLevel: 'info',
      shutdownTimeoutMs: 15_000,
    });
  });

  test('takes a variable that is set to nothing for one that is not set', () => {
    expect(parseConfig({ ...least, PORT: '', ROLE: 'api' })).toMatchObject({ http: { port: 3000 }, roles: new Set(['api']) });
  });

  test('names everything that is wrong, at once', () => {
    const problems = problemsOf({
      ...{ NODE_ENV: 'production', SANDBOX: 'true', PORT: '99999', ROLE: 'api,cook', LANES: '1e3', LOG_LEVEL: 'loud' },
      ...{ DATABASE_WRITER_URL: 'mysql://x', KEY_PEPPER: 'short' },
    });
    expect(problems.map((problem) => problem.split(' ')[0]).sort()).toEqual([
      ...['DATABASE_WRITER_URL', 'EVIDENCE_KEY', 'KEY_PEPPER', 'LANES', 'LOG_LEVEL', 'PORT', 'PSEUDONYM_KEY', 'ROLE', 'SANDBOX', 'SEALING_KEY', 'SIGNING_KEY'],
    ]);
  });

  test('says what to do about a missing secret, and repeats none', () => {
    const problems = problemsOf({ ...least, KEY_PEPPER: 'too-short-but-secret', PSEUDONYM_KEY: undefined });
    expect(problems.join()).toMatch(/PSEUDONYM_KEY must be 32 random bytes in hex, .* "openssl rand -hex 32"/);
    expect(problems.join()).not.toContain('too-short-but-secret');
  });

  test.each(['0x10', '-1', '1.5', ' 3', '10000000000'])('a port is a plain whole number, not %p', (port) => {
    expect(problemsOf({ ...least, PORT: port })).toHaveLength(1);
  });

  test('a sandbox is fine outside production', () => {
    expect(parseConfig({ ...least, SANDBOX: 'true', NODE_ENV: 'development' }).sandbox).toBe(true);
  });
});
