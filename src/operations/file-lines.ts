import { pipeline } from 'node:stream/promises';
import { createInterface } from 'node:readline';
import { PassThrough, Readable } from 'node:stream';
import { parse, type Info } from 'csv-parse';

const FILE_FORMATS = ['csv', 'ndjson'] as const;
export type FileFormat = (typeof FILE_FORMATS)[number];

export function isFileFormat(text: string): text is FileFormat {
  return (FILE_FORMATS as readonly string[]).includes(text);
}

/** A record of a file, as texts by name, with its line as an editor counts them; null: it cannot be read. */
export interface FileRecord {
  readonly line: number;
  readonly fields: Readonly<Record<string, unknown>> | null;
}

const LONGEST_LINE = 1_048_576;

/** The records of a file as it comes in: in memory there is a handful of them, however long it is. */
export function fileRecords(file: AsyncIterable<Uint8Array | string>, format: FileFormat): AsyncGenerator<FileRecord> {
  return format === 'csv' ? csvRecords(file) : jsonRecords(file);
}

/** RFC 4180 with a header line. A column `usage.<meter>` is a meter of the usage. Whatever breaks the table off ends it with an unreadable record. */
async function* csvRecords(file: AsyncIterable<Uint8Array | string>): AsyncGenerator<FileRecord> {
  const parser = parse({ columns: true, bom: true, info: true, skip_empty_lines: true, max_record_size: LONGEST_LINE });
  const feeding = pipeline(Readable.from(file), parser).catch(() => undefined);
  let line = 1;
  try {
    for await (const { record, info } of parser as AsyncIterable<{ record: Record<string, string>; info: Info }>) {
      line = info.lines;
      yield { line, fields: withUsage(record) };
    }
  } catch {
    yield { line: line + 1, fields: null };
  }
  await feeding;
}

function withUsage(record: Readonly<Record<string, string>>): Record<string, unknown> {
  const usage = Object.entries(record).filter(([name, value]) => name.startsWith('usage.') && value !== '');
  const fields: Record<string, unknown> = Object.fromEntries(Object.entries(record).filter(([name, value]) => !name.startsWith('usage.') && value !== ''));
  if (usage.length > 0) fields['usage'] = Object.fromEntries(usage.map(([name, value]) => [name.slice('usage.'.length), value]));
  return fields;
}

async function* jsonRecords(file: AsyncIterable<Uint8Array | string>): AsyncGenerator<FileRecord> {
  const input = new PassThrough();
  const feeding = pipeline(Readable.from(file), input).catch((error: unknown) => {
    input.destroy(error instanceof Error ? error : new Error(String(error)));
  });
  let line = 0;
  for await (const text of createInterface({ input, crlfDelay: Infinity })) {
    line += 1;
    if (text.trim() !== '') yield { line, fields: text.length > LONGEST_LINE ? null : objectIn(text) };
  }
  await feeding;
}

function objectIn(text: string): Readonly<Record<string, unknown>> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}
