import { z } from 'zod';

const lock = z.object({
  packages: z.record(
    z.string(),
    z.object({
      version: z.string().optional(),
      license: z.string().optional(),
      integrity: z.string().optional(),
      hasInstallScript: z.boolean().optional(),
      dev: z.boolean().optional(),
    }),
  ),
});

export interface Locked {
  readonly name: string;
  readonly version: string;
  /** SPDX expression; empty where the package says none. */
  readonly licence: string;
  readonly integrity: string | null;
  readonly installScript: boolean;
  /** Needed to build and to test only. */
  readonly dev: boolean;
}

/** Every package that the lock file names, wherever it lies. */
export function readLock(text: string): Locked[] {
  return Object.entries(lock.parse(JSON.parse(text)).packages)
    .filter(([path]) => path !== '')
    .map(([path, { version = '', license = '', integrity, hasInstallScript = false, dev = false }]) => ({
      name: path.slice(path.lastIndexOf('node_modules/') + 'node_modules/'.length),
      version,
      licence: license,
      integrity: integrity ?? null,
      installScript: hasInstallScript,
      dev,
    }));
}

/** The licences that an SPDX expression leaves to choose from, or asks for together. */
export function licencesIn(expression: string): { readonly all: boolean; readonly names: string[] } {
  const names = expression.replaceAll(/[()]/g, '').split(/ (?:OR|AND) /);
  return { all: !expression.includes(' OR '), names };
}

/** What the service is shipped with, by licence; and what only builds and tests it, in numbers. */
export function licencePage(packages: readonly Locked[]): string {
  const shipped = byLicence(packages.filter(({ dev }) => !dev));
  const tools = byLicence(packages.filter(({ dev }) => dev));
  const list = (of: readonly Locked[]): string => [...new Set(of.map(({ name }) => name))].sort().join(', ');
  return [
    '# Licences of what the service is made of',
    '',
    'Written by `npm run licences` out of `package-lock.json`; a test fails where it is out of date, where a licence is not on the',
    'list in `supply-chain.json`, or where a package would run a script when it is installed and is not on the list in `package.json`.',
    '',
    '## Shipped',
    '',
    ...shipped.flatMap(([licence, of]) => [`**${licence}**: ${list(of)}.`, '']),
    '## Needed to build and to test only',
    '',
    ...tools.map(([licence, of]) => `- ${licence}: ${String(new Set(of.map(({ name }) => name)).size)} packages`),
    '',
  ].join('\n');
}

function byLicence(packages: readonly Locked[]): [licence: string, of: readonly Locked[]][] {
  const licences = [...new Set(packages.map(({ licence }) => licence))].sort();
  return licences.map((licence) => [licence, packages.filter((one) => one.licence === licence)]);
}
