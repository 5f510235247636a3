import { parseConfig } from '../src/platform/config.js';
import { loadOrCreateSecrets } from '../src/platform/data-dir-secrets.js';
import { loadOrCreateRotatingKeys } from '../src/platform/rotating-keys.js';
import type { DatabaseUrls } from '../src/postgres/database-urls.js';
import { dataDirectory } from '../src/postgres/reach-database.js';

const NOT_FOR_THE_SERVICE = ['DATABASE_URL', 'DATABASE_READER_URL'];

/**
 * The service's environment, from the supervisor's: without the rights to provision, and with secrets of its own where
 * the deployment is one for trying out. Refuses what the service would refuse, before any database is touched.
 */
export function serviceEnvironment(env: NodeJS.ProcessEnv, embedded: boolean): (urls: DatabaseUrls) => NodeJS.ProcessEnv {
  const kept = Object.fromEntries(Object.entries(env).filter(([name]) => !NOT_FOR_THE_SERVICE.includes(name)));
  const sandbox = env['SANDBOX'] || (embedded && env.NODE_ENV !== 'production' ? 'true' : 'false');
  const result: NodeJS.ProcessEnv = { ...kept, SANDBOX: sandbox };
  if (embedded || sandbox === 'true') {
    const secrets = loadOrCreateSecrets(dataDirectory(env));
    result['KEY_PEPPER'] ||= secrets.keyPepper;
    const keys = loadOrCreateRotatingKeys(dataDirectory(env));
    result['PSEUDONYM_KEY'] ||= keys.pseudonym.join(',') || secrets.pseudonymKey;
    result['SIGNING_KEY'] ||= keys.signing.join(',');
    result['EVIDENCE_KEY'] ||= keys.evidence.join(',');
    result['SEALING_KEY'] ||= keys.sealing.join(',') || secrets.sealingKey;
  }
  parseConfig({ ...result, DATABASE_WRITER_URL: 'postgres://known-later/' });
  return (urls) => ({ ...result, DATABASE_WRITER_URL: urls.writer });
}
