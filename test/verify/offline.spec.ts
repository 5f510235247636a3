import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { DataSource } from 'typeorm';
import { metadataHash } from '../../src/domain/hash-chain.js';
import { pemOf, publicKeysOfPem, signingKeyOf } from '../../src/domain/signed-head.js';
import { ExportCheck, type ExportReport } from '../../src/domain/verification/check-export.js';
import { ExportAccount } from '../../src/operations/export-account.js';
import { SignHeads } from '../../src/operations/sign-heads.js';
import { serviceDataSource } from '../../src/postgres/data-source.js';
import { freshDatabase, type FreshDatabase } from '../support/database.js';
import { LedgerAccount, addRateVersion, openLedger, query, unwrap } from '../support/ledger-account.js';

const ROOT = path.resolve(import.meta.dirname, '../..');
const SEED = Buffer.alloc(32, 5);
const PEM = pemOf(signingKeyOf(SEED).publicKey);
const METADATA = { salt: 'a1b2', text: '{"job":"nightly"}' };

let database: FreshDatabase;
let source: DataSource;
let folder: string;
let lines: string[];

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'credits-offline-'));
  database = await freshDatabase();
  source = serviceDataSource({ url: database.writerUrl, poolSize: 2, applicationName: 'test', onPoolError: () => undefined });
  await source.initialize();
  const { ledger } = openLedger(database.writerUrl);
  await addRateVersion(database.ownerUrl, 'standard', 1, { captions: { minutes: '3' } });
  await addRateVersion(database.ownerUrl, 'standard', 2, { captions: { minutes: '4' } });
  await addRateVersion(database.ownerUrl, 'of-somebody-else', 1, { captions: { minutes: '1' } });
  await query(database.ownerUrl, `UPDATE rate_version SET state = 'published'`);
  const account = await LedgerAccount.open(database.ownerUrl, ledger, 'acc-offline');
  await account.buy('standard', ['captions'], [{ credits: '5', rateVersion: 1 }, { credits: '100', rateVersion: 2 }]);
  const metadata = { ...METADATA, hash: metadataHash(METADATA.salt, METADATA.text) };
  const spans = unwrap(await account.debit('spans', 'captions', { minutes: '2' }, { metadata, endUser: 'ab'.repeat(16) }));
  unwrap(await account.hold('hold', 'stream', '9'));
  unwrap(await account.capture('part', 'stream', { minutes: '0.5' }));
  unwrap(await account.reverse('half', spans.entry.seq, '0.5'));
  unwrap(await account.hold('open', 'open', '7'));
  await new SignHeads(source, [SEED], () => Date.now()).onDemand('acc-offline');
  unwrap(await account.debit('last', 'captions', { minutes: '1' }));
  await ledger.drain();
  lines = await exported();
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await source.destroy();
  await database.drop();
});

async function exported(): Promise<string[]> {
  const wallNow = (): number => Date.now();
  const stream = await new ExportAccount(source, new SignHeads(source, [SEED], wallNow), wallNow).run('acc-offline');
  let text = '';
  for await (const part of stream) text += part;
  return text.split('\n').filter((line) => line !== '');
}

function check(changed: readonly string[], { anchors = publicKeysOfPem(PEM), heads = [] as Parameters<typeof JSON.stringify>[0][] } = {}): { report: ExportReport; named: string[] } {
  const named: string[] = [];
  const checking = new ExportCheck(anchors, heads as [], ({ at, what }) => named.push(`${at}: ${what}`));
  for (const line of changed) checking.accept(line);
  return { report: checking.finish(), named };
}

/** Line of the entry of a number. */
const at = (seq: number): number => lines.findIndex((line) => line.startsWith('{"line":"entry"') && line.includes(`"seq":${seq},`));
const seqOf = (type: string): number => Number(/"seq":(\d+)/.exec(lines.find((line) => line.includes(`"type":"${type}"`)) ?? '')?.[1]);
const with_ = (index: number, change: (line: string) => string): string[] => lines.map((line, i) => (i === index ? change(line) : line));

describe('an export', () => {
  it('proves itself with nothing but the public key', () => {
    const { report, named } = check(lines);
    expect(named).toEqual([]);
    expect(report).toMatchObject({ accountId: 'acc-offline', signedHeads: 2, coveredUpTo: report.entries });
    expect(report.entries).toBeGreaterThan(10);
  });

  it('holds the rates of its own card only', () => {
    expect(lines.filter((line) => line.startsWith('{"line":"rate-version"'))).toHaveLength(2);
    expect(lines.join()).not.toContain('of-somebody-else');
  });

  it('is proved by one file that needs Node and nothing else', () => {
    const verifier = path.join(folder, 'verify.mjs');
    const bundler = path.join(ROOT, 'dist/scripts/bundle-verifier.js');
    if (!existsSync(path.join(ROOT, 'dist/verify.mjs'))) spawnSync(process.execPath, [bundler]);
    spawnSync('cp', [path.join(ROOT, 'dist/verify.mjs'), verifier]);
    writeFileSync(path.join(folder, 'key.pem'), PEM);
    writeFileSync(path.join(folder, 'ledger.ndjson'), `${lines.join('\n')}\n`);
    const run = (...args: string[]) => spawnSync(process.execPath, [verifier, ...args], { cwd: folder, encoding: 'utf8', env: {} });
    const clean = run('ledger.ndjson', '--key', 'key.pem');
    expect(clean.stdout).toMatch(/not signed yet\s+nothing[\s\S]*verified: \d+ entries of account acc-offline, 0 differences\n$/);
    expect(clean.status).toBe(0);
    const changed = with_(at(seqOf('debit')), (line) => line.replace('"credits":{"$amount":"6.333333333"}', '"credits":{"$amount":"6.3"}'));
    writeFileSync(path.join(folder, 'changed.ndjson'), `${changed.join('\n')}\n`);
    const found = run('changed.ndjson');
    expect(found.stdout).toMatch(new RegExp(`first difference\\s+entry ${seqOf('debit')}\n`));
    expect(found.status).toBe(1);
    expect(run('missing.ndjson')).toMatchObject({ status: 2, stderr: expect.stringContaining('could not run') });
    expect(run('ledger.ndjson', '--key', 'ledger.ndjson')).toMatchObject({ status: 2 });
  });

  const debit = (): number => seqOf('debit');
  /** Ways to lie, and the first thing that has to be named. */
  const lies: [string, () => string[], RegExp][] = [
    ['an amount changed', () => with_(at(debit()), (line) => line.replace('6.333333333', '6.3')), /^entry \d+: hash$/],
    ['an entry removed', () => lines.filter((_, i) => i !== at(debit())), /^entry \d+: sequence/],
    ['an entry inserted', () => lines.flatMap((line, i) => (i === at(debit()) ? [line, line] : [line])), /^entry \d+: sequence/],
    [
      'two entries swapped',
      () => lines.map((line, i) => (i === at(debit()) ? (lines[at(debit() + 1)] ?? '') : i === at(debit() + 1) ? (lines[at(debit())] ?? '') : line)),
      /^entry \d+: sequence/,
    ],
    ['a posting moved to another lot', () => with_(at(debit()), (line) => line.replace(/"line":1,"lotId":\d+/, '"line":1,"lotId":99')), /^entry \d+: hash$/],
    ['a rate changed', () => with_(lines.findIndex((line) => line.includes('"line":"rate-version"')), (line) => line.replace(String.raw`\"3\"`, String.raw`\"2\"`)), /^rate version standard@1: hash of the content$/],
    ['a balance changed', () => with_(lines.findIndex((line) => line.startsWith('{"line":"balances"')), (line) => line.replace(/"available":\{"\$amount":"[\d.]+"\}/, '"available":{"$amount":"1"}')), /^account: available credits/],
    ['metadata changed', () => with_(at(debit()), (line) => line.replace('nightly', 'daily')), /^entry \d+: hash of the metadata$/],
    ['the file cut off', () => lines.slice(0, -2), /^export: end$/],
    ['a line that is none', () => with_(at(debit()), () => '{"line":'), /^line \d+: content$/],
    ['a signature changed', () => with_(lines.findIndex((line) => line.includes('"line":"signed-head"')), (line) => line.replace(/"signature":"..../, '"signature":"AAAA')), /^signed head of entry \d+: signature$/],
    ['a line of another kind', () => ['{"line":"story"}', ...lines], /^line 1: kind$/],
  ];
  it.each(lies)('names %s first', (_what, lie, expected) => {
    expect(check(lie()).named[0]).toMatch(expected);
  });

  it('cannot leave out what was signed: a tail cut off consistently is found by a head that was handed out', () => {
    const head = JSON.parse(lines.filter((line) => line.startsWith('{"line":"signed-head"')).at(-1) ?? '') as { head: Record<string, unknown> };
    const last = at(Number(head.head['seq']));
    const short = lines.filter((line, i) => i !== last && !line.includes(`"seq":${String(head.head['seq'])},"hash"`));
    expect(check(short, { heads: [head.head] }).named).toContainEqual(`signed head of entry ${String(head.head['seq'])}: entry`);
    expect(check(lines, { heads: [head.head] }).named).toEqual([]);
  });

  it('is believed without an anchor only as far as itself, and never by a stranger’s key', () => {
    expect(check(lines, { anchors: [] }).named).toEqual([]);
    const stranger = publicKeysOfPem(pemOf(signingKeyOf(Buffer.alloc(32, 6)).publicKey));
    const { named, report } = check(lines, { anchors: stranger });
    expect(named[0]).toMatch(/signed head of entry \d+: signing key/);
    expect(report.coveredUpTo).toBe(0);
  });

  it('is refused for an account that is not there', async () => {
    const wallNow = (): number => Date.now();
    const exporting = new ExportAccount(source, new SignHeads(source, [SEED], wallNow), wallNow);
    await expect(exporting.run('acc-none')).rejects.toMatchObject({ refusal: { code: 'account-not-found' } });
  });
});
