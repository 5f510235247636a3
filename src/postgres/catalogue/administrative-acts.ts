import { randomUUID } from 'node:crypto';
import type { EntityManager } from 'typeorm';
import { actDetailHash, actDetailText, hashAct, type ActDraft, type AdministrativeAct } from '../../domain/administrative-act.js';

/**
 * Puts acts at the end of their chain, in the transaction of what they tell of. Takes the chain's lock, which is held until
 * that transaction ends: to be called last.
 */
export async function appendActs(manager: EntityManager, drafts: readonly ActDraft[]): Promise<void> {
  const [head] = await manager.query<{ seq: string; hash: string; last: string | null }[]>(
    `SELECT seq, encode(hash, 'hex') AS hash, (extract(epoch FROM nullif(last_recorded_at, '-infinity')) * 1000)::bigint AS last
       FROM administrative_head FOR UPDATE`,
  );
  const [clock] = await manager.query<{ now: string }[]>(
    'SELECT floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint + offset_ms AS now FROM business_clock',
  );
  if (head === undefined || clock === undefined) throw new Error('the chain of acts has no head');
  const recordedAt = Math.max(Number(clock.now), Number(head.last ?? 0));
  let { hash } = head;
  let seq = Number(head.seq);
  for (const { detail, ...draft } of drafts) {
    seq += 1;
    const salt = randomUUID();
    const text = actDetailText(detail);
    const act = { ...draft, seq, recordedAt, detailHash: actDetailHash(salt, text) };
    hash = hashAct(act, hash);
    await insertAct(manager, { ...act, hash }, salt, text);
  }
  await manager.query(`UPDATE administrative_head SET seq = $1, hash = decode($2, 'hex'), last_recorded_at = $3`, [seq, hash, new Date(recordedAt)]);
}

async function insertAct(manager: EntityManager, act: AdministrativeAct, salt: string, text: string): Promise<void> {
  const recordedAt = new Date(act.recordedAt);
  await manager.query(
    `INSERT INTO administrative_act (seq, recorded_at, kind, outcome, code, actor, account_id, subject, key_digest, count, detail_hash, hash)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, decode($9, 'hex'), $10, decode($11, 'hex'), decode($12, 'hex'))`,
    [act.seq, recordedAt, act.kind, act.outcome, act.code, act.actor, act.accountId, act.subject, act.keyDigest, act.count, act.detailHash, act.hash],
  );
  await manager.query('INSERT INTO administrative_detail (seq, recorded_at, salt, content) VALUES ($1, $2, $3, $4)', [act.seq, recordedAt, salt, text]);
}

/** Whether this very request was asked before, so that sending it again is no further act. */
export async function wasAsked(manager: EntityManager, { kind, accountId, keyDigest }: Pick<ActDraft, 'kind' | 'accountId' | 'keyDigest'>): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    `SELECT 1 FROM administrative_act WHERE outcome = 'asked' AND kind = $1 AND account_id IS NOT DISTINCT FROM $2 AND key_digest = decode($3, 'hex')`,
    [kind, accountId, keyDigest],
  );
  return rows.length > 0;
}
