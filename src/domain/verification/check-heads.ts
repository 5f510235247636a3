import type { KeyObject } from 'node:crypto';
import { instantText } from '../calendar.js';
import { headIsSignedBy, type SignedHead } from '../signed-head.js';
import type { Findings } from './difference.js';

/**
 * A signed head against the chain: `hashThere` is the hash of the entry of its number, null where there is none. An end
 * that was cut off consistently everywhere is found by this alone.
 */
export function checkHead(head: SignedHead, hashThere: string | null, keys: ReadonlyMap<string, KeyObject>, findings: Findings): void {
  const at = `signed head of entry ${head.seq}`;
  const key = keys.get(head.keyId);
  if (key === undefined) findings.differ(at, 'signing key', 'one that is trusted', head.keyId);
  else if (!isSigned(head, key)) findings.differ(at, 'signature', `one by key ${head.keyId}`, 'another one, or of other content');
  else if (hashThere === null) findings.differ(at, 'entry', `${head.hash}, as signed at ${instantText(head.signedAt)}`, 'no entry');
  else findings.same(at, 'hash of the entry', head.hash, hashThere);
}

function isSigned(head: SignedHead, key: KeyObject): boolean {
  try {
    return headIsSignedBy(head, key);
  } catch {
    return false;
  }
}
