import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { introduceKey, signHead, signingKeyOf, type SignedHead, type SigningKey } from '../domain/signed-head.js';
import { insertSignedHeads, insertSigningKey, readHead, readUnsignedActsHead, readUnsignedHeads } from '../postgres/catalogue/signed-heads.js';
import { readSignedHead, readSigningKeys } from '../postgres/reads/signed-heads.js';

/** Signs the heads of the accounts' chains: at intervals those that moved, and on demand the one that is asked for. */
export class SignHeads {
  private readonly keys: readonly SigningKey[];
  private introduced = false;

  /** `seeds`: the key that signs, and those before it, newest first. */
  constructor(
    private readonly database: DataSource,
    seeds: readonly Buffer[],
    private readonly wallNow: () => number,
  ) {
    this.keys = seeds.map(signingKeyOf);
  }

  /** Returns how many heads were signed. Several instances may sign at once. */
  async run(): Promise<number> {
    const key = await this.signingKey();
    let signed = 0;
    const acts = await readUnsignedActsHead(this.database);
    if (acts !== null) await insertSignedHeads(this.database, [signHead({ ...acts, signedAt: this.wallNow() }, key)]);
    for (let after: string | null = ''; after !== null; ) {
      const { heads, last } = await readUnsignedHeads(this.database, after);
      if (heads.length > 0) await insertSignedHeads(this.database, heads.map((head) => signHead({ ...head, signedAt: this.wallNow() }, key)));
      signed += heads.length;
      after = last;
    }
    return signed;
  }

  /** The signed head of an account as it stands, to be handed to whoever wants to be able to prove it later. */
  async onDemand(accountId: string): Promise<SignedHead> {
    const key = await this.signingKey();
    const head = (await readHead(this.database, accountId)) ?? refuse('account-not-found', 'There is no such account.');
    if (head.seq === 0) refuse('entry-not-found', 'The account has no entry yet: there is nothing to sign.');
    await insertSignedHeads(this.database, [signHead({ ...head, signedAt: this.wallNow() }, key)]);
    const signed = await readSignedHead(this.database, accountId, head.seq);
    if (signed === null) throw new Error('a signed head is there once it was inserted');
    return signed;
  }

  /** Publishes a key before it is first used. One that follows another is vouched for by it, where that one is still at hand. */
  private async signingKey(): Promise<SigningKey> {
    const [key] = this.keys;
    if (key === undefined) throw new Error('there is no signing key');
    if (this.introduced) return key;
    const published = await readSigningKeys(this.database);
    if (!published.some(({ keyId }) => keyId === key.keyId)) {
      const before = [...published].reverse().map(({ keyId }) => this.keys.find((known) => known.keyId === keyId)).find((known) => known !== undefined);
      await insertSigningKey(this.database, introduceKey(key, before ?? null, this.wallNow()));
    }
    this.introduced = true;
    return key;
  }
}
