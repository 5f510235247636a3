import { beforeAll, expect, jest, test } from '@jest/globals';
import { z } from 'zod';
import { projectFiles, runTool } from './program.js';

jest.setTimeout(600_000);

async function mustFindNothing(script: string, ...args: readonly string[]): Promise<void> {
  const { code, output } = await runTool(script, ...args);
  if (code !== 0) throw new Error(output);
}

// The web account's client has its types from the API's description, which the build makes.
beforeAll(() => mustFindNothing('../dist/scripts/build-web.js'));

test('the types are right', () => mustFindNothing('typescript/bin/tsc', '-p', 'tsconfig.json', '--noEmit'));

test('the types of the web account are right', () => mustFindNothing('typescript/bin/tsc', '-p', 'web/tsconfig.json'));

test('eslint finds nothing', () => mustFindNothing('eslint/bin/eslint.js', '--max-warnings', '0', '.'));

test('knip finds no unused file, export or dependency', () => mustFindNothing('knip/bin/knip.js', '--no-progress', '--no-config-hints'));

const cruise = z.object({
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), to: z.string(), rule: z.object({ name: z.string() }) })),
  }),
  modules: z.array(z.object({ source: z.string(), coreModule: z.boolean().optional() })),
});

test('imports keep to the layers, without circles', async () => {
  const folders = ['src', 'migrations', 'scripts', 'bench', 'drill', 'test', 'web'];
  const sources = (await projectFiles()).filter((file) => /\.tsx?$/.test(file) && folders.includes(file.split('/')[0] ?? ''));
  const present = folders.filter((folder) => sources.some((file) => file.startsWith(`${folder}/`)));
  const { output } = await runTool(
    'dependency-cruiser/bin/dependency-cruise.mjs',
    ...['--config', 'dependency-cruiser.config.js', '--output-type', 'json', ...present],
  );
  const { summary, modules } = cruise.parse(JSON.parse(output));
  expect(summary.violations.map(({ from, to, rule }) => `${rule.name}: ${from} -> ${to}`)).toEqual([]);
  // With a compiler that it does not know, the tool finds no module, and so no fault.
  const cruised = new Set(modules.map((module) => module.source));
  expect(sources.filter((file) => !cruised.has(file))).toEqual([]);
  expect(sources.length).toBeGreaterThan(50);
});
