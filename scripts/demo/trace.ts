import { createReadStream } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'csv-parse';

/** One request of the recorded hour. */
export interface TraceRequest {
  /** Counted from 0, in the order of the file. */
  readonly row: number;
  /** As the file has it: local to the trace, with seven fractional digits. */
  readonly time: string;
  readonly inputTokens: string;
  readonly outputTokens: string;
}

const FILE = 'data/azure-llm-inference-2023-conv.csv';
const COLUMNS = ['TIMESTAMP', 'ContextTokens', 'GeneratedTokens'] as const;

/** Found from the sources and from the build, which lies one folder deeper. */
function traceFile(): string {
  const here = import.meta.url;
  return fileURLToPath(new URL(here.includes('/dist/scripts/') ? `../../../${FILE}` : `../../${FILE}`, here));
}

export async function readTrace(): Promise<TraceRequest[]> {
  const parser = createReadStream(traceFile()).pipe(parse({ columns: header }));
  const requests: TraceRequest[] = [];
  for await (const record of parser as AsyncIterable<Record<(typeof COLUMNS)[number], string>>) {
    requests.push({
      row: requests.length,
      time: record.TIMESTAMP,
      inputTokens: record.ContextTokens,
      outputTokens: record.GeneratedTokens,
    });
  }
  return requests;
}

function header(found: readonly string[]): string[] {
  if (found.join() !== COLUMNS.join()) throw new Error(`${FILE} has the columns ${found.join()}, expected ${COLUMNS.join()}`);
  return [...found];
}
