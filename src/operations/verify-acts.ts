import type { KeyObject } from 'node:crypto';
import type { Client } from 'pg';
import { ACTS_CHAIN } from '../domain/administrative-act.js';
import type { SignedHead } from '../domain/signed-head.js';
import { ActsCheck } from '../domain/verification/check-acts.js';
import { checkHead } from '../domain/verification/check-heads.js';
import { Findings, type DifferenceSink } from '../domain/verification/difference.js';
import { verifiedActs, verifiedActsHead } from '../postgres/reads/administrative-acts.js';
import { headsInSnapshot, verifiedHeads } from '../postgres/reads/signed-heads.js';

const PAGE = 1_000;

/** Proves the chain of administrative acts, as that of an account is proved. Returns how many acts it has. */
export async function verifyActs(client: Client, keys: ReadonlyMap<string, KeyObject>, keptHeads: readonly SignedHead[], sink: DifferenceSink): Promise<number> {
  const findings = new Findings(null, sink);
  const check = new ActsCheck(findings);
  // Heads first: what is signed later is of acts that are read below, or of later ones.
  const signedBefore = await headsInSnapshot(client, ACTS_CHAIN, 0);
  const { head, last } = await verifiedActsHead(client);
  let acts = 0;
  for (let after = 0; after < last; ) {
    const records = await verifiedActs(client, after, last, PAGE);
    const upTo = records.at(-1)?.act.seq ?? last;
    const hashes = new Map(records.map(({ act }) => [act.seq, act.hash]));
    for (const { act, detail } of records) check.accept(act, detail);
    const heads = [...(await verifiedHeads(client, ACTS_CHAIN, after, upTo)), ...keptHeads.filter(({ seq }) => seq > after && seq <= upTo)];
    for (const signed of heads) checkHead(signed, hashes.get(signed.seq) ?? null, keys, findings);
    acts += records.length;
    after = upTo;
  }
  check.finish(head);
  const beyond = [...signedBefore.beyond, ...keptHeads].filter(({ seq }) => seq > last);
  for (const signed of beyond) checkHead(signed, null, keys, findings);
  return acts;
}
