import { seededRandom, zipf } from './random.js';

/** `<prefix>-0000`, `<prefix>-0001` and so on. */
export function numberedAccounts(prefix: string, count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `${prefix}-${String(i).padStart(4, '0')}`);
}

/** Which account is next, where few are busy and most are not; the same order in every run. */
export function zipfAccount(accounts: readonly string[]): () => string {
  const rank = zipf(accounts.length, seededRandom(accounts.length));
  return () => accounts[rank()] as string;
}
