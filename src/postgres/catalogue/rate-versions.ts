import type { EntityManager } from 'typeorm';
import { rateVersionText, type RateVersionDocument } from '../../domain/rate-document.js';
import { sha256 } from '../../domain/hash-chain.js';

/** The number that the card's next version gets. Two drafts at the same time take turns. */
export async function nextVersionNumber(manager: EntityManager, cardId: string): Promise<number> {
  await manager.query('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [`rate-card/${cardId}`]);
  const [row] = await manager.query<{ next: number }[]>(
    'SELECT coalesce(max(version), 0) + 1 AS next FROM rate_version WHERE card_id = $1',
    [cardId],
  );
  return row?.next ?? 1;
}

export async function insertRateVersion(manager: EntityManager, document: RateVersionDocument, now: number): Promise<void> {
  const text = rateVersionText(document);
  await manager.query(
    `INSERT INTO rate_version (card_id, version, effective_date, content, content_hash, created_at)
     VALUES ($1, $2, $3, $4, decode($5, 'hex'), $6)`,
    [document.cardId, document.version, document.effectiveDate, text, sha256(text), new Date(now)],
  );
}

/** Published to withdrawn. Says whether it was published. */
export async function withdrawRateVersion(manager: EntityManager, cardId: string, version: number, withdrawal: { readonly now: number; readonly reason: string }): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    `WITH withdrawn AS (
       UPDATE rate_version SET state = 'withdrawn', withdrawn_at = $3, withdrawal_reason = $4
        WHERE card_id = $1 AND version = $2 AND state = 'published' RETURNING 1)
     SELECT * FROM withdrawn`,
    [cardId, version, new Date(withdrawal.now), withdrawal.reason],
  );
  return rows.length === 1;
}

/** Draft to published, with the words of its notice. Says whether it was a draft. */
export async function publishRateVersion(
  manager: EntityManager,
  version: { readonly cardId: string; readonly version: number; readonly text: string; readonly now: number },
): Promise<boolean> {
  const rows = await manager.query<unknown[]>(
    `WITH published AS (
       UPDATE rate_version SET state = 'published', published_at = $3, notice_text = $4
        WHERE card_id = $1 AND version = $2 AND state = 'draft' RETURNING 1)
     SELECT * FROM published`,
    [version.cardId, version.version, new Date(version.now), version.text],
  );
  return rows.length === 1;
}
