import type { DataSource, EntityManager } from 'typeorm';
import type { RateVersionDocument } from '../../domain/rate-document.js';
import { RateCardRow } from '../entities/rate-card.entity.js';

export interface RateCard {
  readonly cardId: string;
  readonly name: string;
  readonly createdAt: number;
  readonly versions: readonly number[];
}

export type RateVersionState = 'draft' | 'published' | 'withdrawn';

export interface StoredRateVersion {
  readonly document: RateVersionDocument;
  readonly version: number;
  readonly state: RateVersionState;
  readonly contentHash: string;
  readonly createdAt: number;
  readonly publishedAt: number | null;
  /** The words of its notice; null while it is a draft. */
  readonly noticeText: string | null;
}

interface RateVersionRow {
  readonly version: number;
  readonly content: RateVersionDocument;
  readonly state: RateVersionState;
  readonly content_hash: string;
  readonly created_at: Date;
  readonly published_at: Date | null;
  readonly notice_text: string | null;
}

export async function readRateCard(database: DataSource, cardId: string): Promise<RateCard | null> {
  const card = await database.manager.findOneBy(RateCardRow, { cardId });
  if (card === null) return null;
  const versions = await database.query<{ version: number }[]>(
    'SELECT version FROM rate_version WHERE card_id = $1 ORDER BY version',
    [cardId],
  );
  return { cardId, name: card.name, createdAt: card.createdAt.getTime(), versions: versions.map(({ version }) => version) };
}

/** By id, at most 500, each with its versions. */
export async function readRateCards(database: DataSource): Promise<RateCard[]> {
  const rows = await database.query<{ card_id: string; name: string; created_at: Date; versions: number[] }[]>(
    `SELECT c.card_id, c.name, c.created_at, coalesce((SELECT json_agg(version ORDER BY version) FROM rate_version AS v WHERE v.card_id = c.card_id), '[]') AS versions
       FROM rate_card AS c ORDER BY c.card_id LIMIT 500`,
  );
  return rows.map((row) => ({ cardId: row.card_id, name: row.name, createdAt: row.created_at.getTime(), versions: row.versions }));
}

export async function rateCardExists(database: DataSource | EntityManager, cardId: string): Promise<boolean> {
  return (await database.query<unknown[]>('SELECT 1 FROM rate_card WHERE card_id = $1', [cardId])).length === 1;
}

/** All versions of a card, oldest first. */
export async function readRateVersions(database: DataSource | EntityManager, cardId: string): Promise<StoredRateVersion[]> {
  const rows = await database.query<RateVersionRow[]>(
    `SELECT version, content, state, encode(content_hash, 'hex') AS content_hash, created_at, published_at, notice_text
       FROM rate_version WHERE card_id = $1 ORDER BY version`,
    [cardId],
  );
  return rows.map(storedOf);
}

/** The published versions that an account's lots and order forms name, and those that it was told of, by card and oldest first. */
export async function readRateVersionsOfAccount(database: DataSource | EntityManager, accountId: string): Promise<StoredRateVersion[]> {
  const rows = await database.query<RateVersionRow[]>(
    `SELECT v.version, v.content, v.state, encode(v.content_hash, 'hex') AS content_hash, v.created_at, v.published_at, v.notice_text
       FROM rate_version AS v
       JOIN (SELECT rate_version AS id FROM lot WHERE account_id = $1
             UNION SELECT card_id || '@' || (document ->> 'rateVersion') FROM order_form WHERE account_id = $1
             UNION SELECT card_id || '@' || version FROM rate_notice WHERE account_id = $1) AS named
         ON named.id = v.card_id || '@' || v.version
      ORDER BY v.card_id, v.version`,
    [accountId],
  );
  return rows.map(storedOf);
}

function storedOf(row: RateVersionRow): StoredRateVersion {
  return {
    document: row.content,
    version: row.version,
    state: row.state,
    contentHash: row.content_hash,
    createdAt: row.created_at.getTime(),
    publishedAt: row.published_at?.getTime() ?? null,
    noticeText: row.notice_text,
  };
}

export async function readRateVersion(
  database: DataSource | EntityManager,
  cardId: string,
  version: number,
): Promise<StoredRateVersion | null> {
  return (await readRateVersions(database, cardId)).find((stored) => stored.version === version) ?? null;
}
