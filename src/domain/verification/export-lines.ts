import { Decimal } from 'decimal.js';
import { ZERO, amount } from '../credits.js';
import type { Entry } from '../entry.js';
import type { PriceVersion } from '../price.js';
import type { PublishedKey, SignedHead } from '../signed-head.js';
import type { StoredRateVersion } from './check-rates.js';
import type { AccountProjection } from './compare-projections.js';
import type { EntryRecord } from './replay.js';

export const EXPORT_FORMAT = 'kaltura-ai-credits/export/1';

/**
 * The lines of an account's export, in this order: what it is, the public keys, the rates, each entry with what belongs to
 * it and behind it the signed head of its number, where there is one, then what the service keeps besides, and the end.
 */
export type ExportLine =
  | { readonly line: 'export'; readonly format: string; readonly accountId: string; readonly lastEntry: number; readonly exportedAt: string }
  | { readonly line: 'signing-key'; readonly key: PublishedKey }
  | { readonly line: 'rate-version'; readonly version: StoredRateVersion }
  | { readonly line: 'price-version'; readonly price: PriceVersion }
  | { readonly line: 'entry'; readonly record: EntryRecord }
  | { readonly line: 'signed-head'; readonly head: SignedHead }
  | { readonly line: 'orphan'; readonly name: string }
  | { readonly line: 'balances'; readonly projection: AccountProjection }
  | { readonly line: 'end'; readonly lines: number };

/**
 * One line as JSON. Amounts are written `{"$amount":"1.5"}`, so that no reader takes them for numbers and texts are never
 * taken for amounts; what is kept by name `{"$map":[[name,value]]}`. Times are milliseconds.
 */
export function exportText(line: ExportLine): string {
  return JSON.stringify(line, function (this: Record<string, unknown>, name, value: unknown) {
    // Before `toJSON`, which makes a text of a decimal.
    const raw = this[name];
    if (Decimal.isDecimal(raw)) return { $amount: raw.toFixed() };
    return raw instanceof Map ? { $map: [...(raw as ReadonlyMap<unknown, unknown>)] } : value;
  });
}

export function readExportText(text: string): ExportLine {
  return JSON.parse(text, (_name, value: unknown) => {
    if (typeof value !== 'object' || value === null) return value;
    if ('$amount' in value) return amount(String(value.$amount));
    return '$map' in value ? new Map(value.$map as [unknown, unknown][]) : value;
  }) as ExportLine;
}

/** Of the other account's half of a transfer no more than the proof needs: its balances are nobody else's business. */
export function forExport(record: EntryRecord): EntryRecord {
  const { transfer } = record;
  if (transfer?.counterpart == null) return record;
  return { ...record, transfer: { ...transfer, counterpart: bare(transfer.counterpart) } };
}

function bare(entry: Entry): Entry {
  return { ...entry, actor: '', keyDigest: null, fingerprint: null, endUser: null, metadataHash: null, availableAfter: ZERO, heldAfter: ZERO, hash: '', postings: [] };
}
