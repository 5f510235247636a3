import { readFileSync } from 'node:fs';
import { z } from 'zod';
import type { SignedHead } from '../domain/signed-head.js';

const signedHead = z
  .object({
    accountId: z.string(),
    seq: z.int().positive(),
    hash: z.string().regex(/^[0-9a-f]{64}$/),
    signedAt: z.iso.datetime().transform((instant) => Date.parse(instant)),
    keyId: z.string(),
    signature: z.string(),
  });
const line = z.union([signedHead.transform((head) => [head]), z.object({ items: z.array(signedHead) }).transform(({ items }) => items)]);

/** Signed heads that somebody kept: one a line, or whole answers of the service, one a line. */
export function readKeptHeads(file: string): SignedHead[] {
  const lines = readFileSync(file, 'utf8').split('\n').filter((text) => text.trim() !== '');
  return lines.flatMap((text, index) => {
    const parsed = line.safeParse(parsedJson(text));
    if (!parsed.success) throw new Error(`Line ${String(index + 1)} of ${file} is no signed head.`);
    return parsed.data;
  });
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
