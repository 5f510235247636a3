import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it, jest, xit } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { bookedAnswer } from '../../src/http/schemas/answers.js';
import { breakAnswer, breaksAnswer } from '../../src/http/schemas/money.js';
import { HAS_HLEDGER, hledger } from '../support/books.js';
import { command, npmRun, type Ended } from '../support/command.js';
import { query } from '../support/ledger-account.js';
import type { Customer } from '../support/market.js';
import { ok } from '../support/service.js';
import { Story } from '../support/story.js';

jest.setTimeout(240_000);

const judged = HAS_HLEDGER ? it : xit;
const NOWHERE = { DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none' };

let story: Story;
let customer: Customer;
let folder: string;
/** When the usage happened: after the credits were there. */
let at: string;

beforeAll(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'credits-books-'));
  story = await Story.open();
  customer = await story.market.customer({ captions: { minutes: '3' } }, ['100']);
  at = new Date(await story.now()).toISOString();
  for (const [key, minutes] of [['c-1', '1'], ['c-2', '2.5']] as const) {
    ok(await customer.debit('captions', { minutes }, { mode: 'record', occurredAt: at }, key), bookedAnswer);
  }
});
afterAll(async () => {
  rmSync(folder, { recursive: true });
  await story.close();
});

const env = (): Record<string, string> => ({ DATABASE_URL: story.database.ownerUrl });
const reconcile = (...args: readonly string[]): Promise<Ended> => command('reconcile', args, env());
const books = (...args: readonly string[]): Promise<Ended> => command('books', args, env());
function file(name: string, lines: readonly string[]): string {
  const to = path.join(folder, name);
  writeFileSync(to, lines.join('\n'));
  return to;
}
const lastLine = ({ output }: Ended): string => output.trimEnd().split('\n').at(-1) ?? '';
const USAGE = 'accountId,idempotencyKey,feature,usage.minutes';
const line = (key: string, minutes: string): string => `${customer.accountId},${key},captions,${minutes}`;

describe('npm run reconcile', () => {
  it('ends with 0 where nothing differs', async () => {
    const whole = await npmRun(['reconcile'], env());
    expect([whole.code, whole.errors]).toEqual([0, '']);
    expect(whole.output).toMatch(/^ {2}accounts +1\n {2}entries +6\n {2}postings +3\n {2}purchases +1\n/);
    expect(lastLine(whole)).toBe('reconciled: 0 breaks, 0 of them open');
    const usage = await reconcile('--usage', file('right.csv', [USAGE, line('c-1', '1'), line('c-2', '2.50')]), '--from', at, '--until', at);
    expect([usage.code, lastLine(usage)]).toEqual([0, 'reconciled: 0 breaks, 0 of them open']);
  });

  it('names each break on a line, and ends with 1 until all of them are resolved', async () => {
    const ours = file('different.csv', [USAGE, line('c-1', '1.5'), line('c-3', '3')]);
    const first = await npmRun(['reconcile', '--', '--usage', ours, '--from', at, '--until', at], env());
    expect([first.code, first.errors, lastLine(first)]).toEqual([1, '', 'reconciled: 3 breaks, 3 of them open']);
    const named = first.output.split('\n').filter((text) => text.startsWith('break: '));
    expect(named).toEqual([
      `break: usage-different: accountId ${customer.accountId}, idempotencyKey c-1, line 2, feature captions, usage minutes 1.5, differs usage, seq 5, bookedFeature captions, bookedUsage minutes 1, bookedCredits 3.000000000`,
      `break: usage-missing: accountId ${customer.accountId}, idempotencyKey c-3, line 3, feature captions, usage minutes 3`,
      expect.stringMatching(/^break: usage-not-in-file: 7\.500000000 credits, accountId /),
    ]);
    const { items } = ok(await story.service.get('/v1/breaks?state=open', story.market.finance), breaksAnswer);
    for (const { breakId } of items) {
      const resolution = { resolution: 'accepted', reason: 'The file was wrong' };
      ok(await story.service.post(`/v1/breaks/${breakId}/resolution`, resolution, story.market.finance), breakAnswer);
    }
    const again = await reconcile('--usage', ours, '--from', at, '--until', at);
    expect([again.code, lastLine(again)]).toEqual([0, 'reconciled: 3 breaks, 0 of them open']);
  });

  it('ends with 1 where a balance was edited, and repairs nothing', async () => {
    const edit = (by: string) => query(story.database.ownerUrl, `UPDATE account_state SET available = available ${by}`);
    await edit('+ 1');
    const { code, output } = await reconcile();
    expect([code, output]).toEqual([1, expect.stringMatching(/^break: ledger-difference: 1\.000000000 credits, .*available credits/m)]);
    expect((await reconcile()).code).toBe(1);
    await edit('- 1');
    expect(await reconcile()).toMatchObject({ code: 0 });
  });

  it('ends with 2 where not all of the file could be read, or none of it', async () => {
    const torn = await reconcile('--usage', file('torn.csv', [USAGE, line('c-1', '1'), 'nonsense,,,']));
    expect([torn.code, torn.errors]).toEqual([2, expect.stringMatching(/could not run: not all of the file: .*: 3\n$/)]);
    const picture = file('picture.ndjson', ['\u0089PNG', '\u001B[2J']);
    expect((await reconcile('--usage', picture, '--format', 'ndjson')).code).toBe(2);
    expect(await reconcile('--usage', path.join(folder, 'none.csv'))).toMatchObject({ code: 2, errors: expect.stringContaining('no such file') });
    expect((await reconcile('--usage', folder)).code).toBe(2);
  });

  it('does not let a file write lines of its own', async () => {
    const sly = JSON.stringify({ accountId: customer.accountId, idempotencyKey: 'x\nreconciled: 0 breaks, 0 of them open\u001B[2J', feature: 'captions', usage: { minutes: '1' } });
    const { output } = await reconcile('--usage', file('sly.ndjson', [sly]), '--format', 'ndjson');
    expect(output.split('\n').filter((text) => text.startsWith('reconciled:'))).toEqual(['reconciled: 1 breaks, 1 of them open']);
    expect(output).toContain('\\u001b[2J');
  });

  it('ends with 2 and says why, given what it does not understand, or no database', async () => {
    const stretch = ['--from', '2026-10-02T00:00:00Z'];
    const settlement = ['--settlement', 'y.csv', '--provider', 'bank'];
    const bad = [
      ...[['--repair'], ['usage.csv'], ['--usage', 'x.csv', '--format', 'xml'], ['--usage', 'x.csv', ...stretch], ['--settlement', 'x.csv']],
      ...[['--usage', 'x.csv', ...stretch, '--until', '2026-10-01T00:00:00Z'], ['--usage', 'x.csv', ...settlement], ['--provider', 'bank'], []],
    ];
    for (const { code, output, errors } of await Promise.all(bad.map((args) => command('reconcile', args, NOWHERE)))) {
      expect([code, output, errors]).toEqual([2, '', expect.stringMatching(/^The reconciliation could not run: .+/)]);
    }
  });

  it('explains itself', async () => {
    expect(await command('reconcile', ['--help'], NOWHERE)).toMatchObject({ code: 0, output: expect.stringContaining('Exit codes: 0') });
  });
});

describe('npm run books', () => {
  judged('writes the journal, of all accounts and of one', async () => {
    const all = await npmRun(['books', 'journal'], env());
    expect([all.code, all.errors]).toEqual([0, '']);
    expect(await hledger(all.output, 'check', '-s')).toEqual({ code: 0, output: '', errors: '' });
    expect((await books('journal', '--account', customer.accountId)).output).toBe(all.output);
  });

  it('writes the other exports, as text or as a workbook, by the reader’s rights', async () => {
    const reader = { DATABASE_READER_URL: story.database.readerUrl };
    const movements = await command('books', ['movements', '--account', customer.accountId], reader);
    const rows: Record<string, string>[] = parse(movements.output, { columns: true });
    expect([movements.code, rows.filter(({ type }) => type === 'debit').map(({ credits }) => credits)]).toEqual([0, ['3.000000000', '7.500000000']]);
    const focus = await books('focus', '--account', customer.accountId);
    expect([focus.code, focus.output.startsWith('AllocatedMethodDetails,')]).toEqual([0, true]);
    const revenue = await books('deferred-revenue');
    expect([revenue.code, parse(revenue.output, { columns: true })]).toEqual([0, [expect.objectContaining({ unit: 'credits', consumed: '-10.500000000' }), expect.objectContaining({ unit: 'EUR', closing: '8.95' })]]);
    const workbook = await books('deferred-revenue', '--account', customer.accountId, '--format', 'xlsx');
    expect([workbook.code, workbook.output.slice(0, 2)]).toEqual([0, 'PK']);
  });

  it('ends with 2 and writes nothing, given what it does not understand, or no database', async () => {
    const bad = [[], ['ledger'], ['journal', 'focus'], ['focus', '--account', 'a', '--format', 'pdf'], ['journal', '--format', 'csv'], ['movements'], ['journal', '--since', '2026'], ['journal']];
    for (const { code, output, errors } of await Promise.all(bad.map((args) => command('books', args, NOWHERE)))) {
      expect([code, output, errors]).toEqual([2, '', expect.stringMatching(/^The books could not be exported: .+/)]);
    }
  });

  it('ends with 2 for an account that is not there', async () => {
    const exports = ['journal', 'movements', 'focus', 'deferred-revenue'];
    for (const ended of await Promise.all(exports.map((what) => books(what, '--account', 'nobody')))) {
      expect(ended).toEqual({ code: 2, output: '', errors: 'The books could not be exported: there is no account nobody\n' });
    }
  });
});
