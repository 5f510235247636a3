import type { DebitMode } from '../../domain/command.js';
import { refusal, type Refusal } from '../../domain/errors.js';
import { NAME_PATTERN, parseUsage } from '../../domain/usage.js';
import type { DebitRequest } from '../../operations/debit-usage.js';
import { idempotencyKeyRefusal, isIdempotencyKey } from '../access/idempotency-key.js';
import { parseInstant } from './instant.js';
import { escapePointer } from './json-body.js';

const METADATA_BYTES = 4_096;
const END_USER_LENGTH = 200;
const ACCOUNT_ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;

/** What an item of a request may leave to its address and header. */
interface Given {
  /** Null: the item names it. */
  readonly accountId: string | null;
  readonly idempotencyKey: string | null;
}

type Fields = Readonly<Record<string, unknown>>;

/**
 * Reads one debit. By hand and in one pass, because a bulk has a thousand of them and a general validator takes longer than
 * the decision; the schemas of the documentation say the same, and a test holds the two together.
 */
export function readDebit(raw: unknown, pointer: string, given: Given): DebitRequest | Refusal {
  if (!isFields(raw)) return invalid(pointer, 'A debit is an object.');
  let accountId = given.accountId;
  let idempotencyKey = given.idempotencyKey;
  let mode: DebitMode = 'authorize';
  let feature: string | null = null;
  let usage: Fields | null = null;
  let occurredAt: number | null = null;
  let endUser: string | null = null;
  let metadata: string | null = null;
  for (const field in raw) {
    const value = raw[field];
    switch (field) {
      case 'feature':
        if (typeof value !== 'string' || !NAME_PATTERN.test(value)) return invalid(`${pointer}/feature`, 'feature is the name of a feature.');
        feature = value;
        break;
      case 'usage':
        if (!isFields(value)) return invalidUsage(`${pointer}/usage`, 'usage is an object with a quantity per meter.');
        usage = value;
        break;
      case 'mode':
        if (value !== 'authorize' && value !== 'record') return invalid(`${pointer}/mode`, 'mode is "authorize" or "record".');
        mode = value;
        break;
      case 'occurredAt': {
        const instant = typeof value === 'string' && value.length <= 40 ? parseInstant(value) : undefined;
        if (instant === undefined) return invalid(`${pointer}/occurredAt`, 'occurredAt is an instant as RFC 3339 has it.');
        occurredAt = instant;
        break;
      }
      case 'endUser':
        if (typeof value !== 'string' || value.trim() === '' || value.length > END_USER_LENGTH) {
          return invalid(`${pointer}/endUser`, `endUser is a text of 1 to ${END_USER_LENGTH} characters.`);
        }
        endUser = value;
        break;
      case 'metadata': {
        const text = metadataText(value);
        if (text === null) return invalid(`${pointer}/metadata`, 'metadata is a flat object of texts, of at most 4 kB.');
        metadata = text;
        break;
      }
      case 'idempotencyKey':
        if (given.idempotencyKey !== null) return unknownField(pointer, field);
        if (!isIdempotencyKey(value)) return idempotencyKeyRefusal(`${pointer}/idempotencyKey`);
        idempotencyKey = value;
        break;
      case 'accountId':
        if (given.accountId !== null) return unknownField(pointer, field);
        if (typeof value !== 'string' || !ACCOUNT_ID.test(value)) return invalid(`${pointer}/accountId`, 'accountId is the id of an account.');
        accountId = value;
        break;
      default:
        return unknownField(pointer, field);
    }
  }
  if (accountId === null) return invalid(`${pointer}/accountId`, 'accountId is missing.');
  if (idempotencyKey === null) return idempotencyKeyRefusal(`${pointer}/idempotencyKey`);
  if (feature === null) return invalid(`${pointer}/feature`, 'feature is missing.');
  if (usage === null) return invalidUsage(`${pointer}/usage`, 'usage is missing.');
  const parsed = parseUsage(usage, `${pointer}/usage`);
  if ('code' in parsed) return parsed;
  return { accountId, idempotencyKey, mode, feature, usage: parsed, occurredAt, endUser, metadata };
}

/** The items of a bulk, or why it is none. */
export function bulkItems(body: unknown): readonly unknown[] | Refusal {
  if (!isFields(body)) return invalid('', 'A bulk is an object with items.');
  for (const field in body) if (field !== 'items') return unknownField('', field);
  const items: unknown = body['items'];
  if (!Array.isArray(items) || items.length < 1 || items.length > 1_000) return invalid('/items', 'A bulk has 1 to 1,000 items.');
  return items as readonly unknown[];
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Canonical JSON of a flat object of texts; null if it is none, or too long. */
function metadataText(value: unknown): string | null {
  if (!isFields(value)) return null;
  const names = Object.keys(value);
  if (names.length > 1) names.sort();
  let text = '{';
  for (const name of names) {
    const member = value[name];
    if (typeof member !== 'string') return null;
    text += `${text === '{' ? '' : ','}${JSON.stringify(name)}:${JSON.stringify(member)}`;
    if (text.length > METADATA_BYTES) return null;
  }
  text += '}';
  return Buffer.byteLength(text) <= METADATA_BYTES ? text : null;
}

function invalid(pointer: string, detail: string): Refusal {
  return refusal('invalid-request', detail, { pointer });
}

function invalidUsage(pointer: string, detail: string): Refusal {
  return refusal('invalid-usage', detail, { pointer });
}

function unknownField(pointer: string, field: string): Refusal {
  return invalid(`${pointer}/${escapePointer(field.slice(0, 100))}`, 'There is no such field.');
}
