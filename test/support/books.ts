import { spawn, spawnSync } from 'node:child_process';
import { knownLots } from '../../src/domain/account-state.js';
import type { BookLot } from '../../src/domain/books/book-entry.js';
import type { Lot } from '../../src/domain/lot.js';
import type { DomainAccount } from './domain-account.js';

/** The lots of an account in memory, as its books see them. */
export function bookLots(account: DomainAccount): BookLot[] {
  return lotsOf(account).map((lot) => {
    const purchase = lot.purchaseId === null ? undefined : account.state.purchases.get(lot.purchaseId);
    return {
      ...lot,
      source: lot.source ?? null,
      price: purchase === undefined ? null : { amount: purchase.price, tax: purchase.tax, currency: purchase.currency },
    };
  });
}

export function lotsOf(account: DomainAccount): Lot[] {
  return knownLots(account.state).sort((a, b) => a.lotId - b.lotId);
}

export const HAS_HLEDGER = spawnSync('hledger', ['--version']).status === 0;

interface Heard {
  readonly code: number | null;
  readonly output: string;
  readonly errors: string;
}

/** Asks hledger about a journal, which it reads from its standard input. */
export function hledger(journal: string, ...args: readonly string[]): Promise<Heard> {
  return new Promise((resolve, reject) => {
    const child = spawn('hledger', ['-f', '-', ...args], { env: { ...process.env, LANG: 'C.UTF-8', LC_ALL: 'C.UTF-8' } });
    let output = '';
    let errors = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) => {
      resolve({ code, output, errors });
    });
    child.stdin.on('error', () => undefined);
    child.stdin.end(journal);
  });
}

/** What hledger itself says that accounts have: by account and commodity, plain decimals. */
export async function hledgerBalances(journal: string, ...query: readonly string[]): Promise<Map<string, string>> {
  const { code, output, errors } = await hledger(journal, 'balance', '--flat', '--no-total', '--layout=tidy', '--empty', '--output-format=csv', ...query);
  if (code !== 0) throw new Error(errors);
  const balances = new Map<string, string>();
  for (const line of output.trim().split('\n').slice(1)) {
    const cells = line.split(',').map((cell) => cell.replaceAll('"', ''));
    balances.set(`${cells[0] ?? ''} ${cells.at(-2) ?? ''}`, cells.at(-1) ?? '');
  }
  return balances;
}
