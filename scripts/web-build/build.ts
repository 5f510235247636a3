import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { projectRoot } from './project-root.js';

const root = projectRoot();
const TYPES = path.join(root, 'web/generated/api.d.ts');
const OUT = path.join(root, 'dist/web');
const STAMP = path.join(OUT, '.stamp.json');

interface Stamp {
  readonly service: string;
  readonly web: string;
}

/**
 * Builds the web account: types of the API's client out of the OpenAPI document, which is made out of the service's own code,
 * and the files that the service sends. What has not changed is not built again, and the tools for it are not even loaded.
 * Answers whether anything was built.
 */
export async function buildWeb(): Promise<boolean> {
  const lock = ['package-lock.json'];
  const service = hashOf([...lock, ...filesIn('src')]);
  const web = hashOf([...lock, 'web/index.html', 'web/vite.config.ts', 'web/tsconfig.json', ...filesIn('web/src')]);
  const before = readStamp();
  const hasTypes = existsSync(TYPES);
  if (hasTypes && before?.service === service && before.web === web) return false;
  if (!hasTypes || before?.service !== service) await writeTypes();
  if (before?.web !== web) await (await import('vite')).build({ configFile: path.join(root, 'web/vite.config.ts'), logLevel: 'warn' });
  writeFileSync(STAMP, JSON.stringify({ service, web } satisfies Stamp));
  return true;
}

async function writeTypes(): Promise<void> {
  const [{ describeApi }, { default: openapiTypes, astToString }] = await Promise.all([import('./describe-api.js'), import('openapi-typescript')]);
  const document = await describeApi();
  const types = astToString(await openapiTypes(document as Parameters<typeof openapiTypes>[0], { alphabetize: true }));
  mkdirSync(path.dirname(TYPES), { recursive: true });
  writeFileSync(TYPES, types);
}

function readStamp(): Stamp | null {
  try {
    return JSON.parse(readFileSync(STAMP, 'utf8')) as Stamp;
  } catch {
    return null; // not built yet, or not to its end
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(path.join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => path.relative(root, path.join(entry.parentPath, entry.name)))
    .sort();
}

function hashOf(files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(file).update('\0').update(readFileSync(path.join(root, file))).update('\0');
  return hash.digest('hex');
}
