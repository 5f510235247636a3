import { readFileSync } from 'node:fs';
import type { SignedHead } from '../domain/signed-head.js';

/** Signed heads that somebody kept: one a line, or whole answers of the service, one a line. */
export function readKeptHeads(file: string): SignedHead[] {
  const lines = readFileSync(file, 'utf8').split('\n');
  return lines.flatMap((text, index) => {
    if (text.trim() === '') return [];
    const heads = headsIn(text);
    if (heads === null) throw new Error(`Line ${String(index + 1)} of ${file} is no signed head.`);
    return heads;
  });
}

function headsIn(text: string): SignedHead[] | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  const items = isFields(value) && Array.isArray(value['items']) ? (value['items'] as unknown[]) : [value];
  const heads = items.map(headOf);
  return heads.every((head) => head !== null) ? heads : null;
}

function headOf(value: unknown): SignedHead | null {
  if (!isFields(value)) return null;
  const { accountId, seq, hash, signedAt, keyId, signature } = value;
  const texts = [accountId, hash, signedAt, keyId, signature];
  if (!texts.every((text) => typeof text === 'string') || typeof seq !== 'number' || !Number.isSafeInteger(seq) || seq < 1) return null;
  const instant = Date.parse(String(signedAt));
  if (Number.isNaN(instant)) return null;
  return { accountId: String(accountId), seq, hash: String(hash), signedAt: instant, keyId: String(keyId), signature: String(signature) };
}

function isFields(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null;
}
