import type { hashEntry as hashOfEntry } from '../../src/domain/hash-chain.js';

/**
 * The hash chain as it would be without one: the same names as `src/domain/hash-chain.ts`, and a count in place of each
 * entry's hash. Only a process of the benchmark that was started for it has this in the chain's place.
 */
export { HASH_VERSION, encodeEntry, genesisHash, metadataHash, sha256, shortDigest } from '../../src/domain/hash-chain.js';

let count = 0;

/** Nothing is encoded and nothing is hashed; each is another one, as the ledger expects of its heads. */
export const hashEntry: typeof hashOfEntry = () => {
  count += 1;
  return count.toString(16).padStart(64, '0');
};
