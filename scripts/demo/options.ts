import { parseArgs } from 'node:util';

export interface DemoOptions {
  /** Senders at work at the same time. With one, debits are booked in the order of the file. */
  readonly senders: number;
  /** Debits in one request; 1 sends each by itself. */
  readonly bulk: number;
  /** Lose some answers on purpose, and send the same requests again. */
  readonly retries: boolean;
  /** A running service; undefined: the one on PORT, or else one that is started for the demo. */
  readonly url: string | undefined;
  readonly help: boolean;
}

export const HELP = `npm run demo [-- options]

Replays a real hour of an AI service (data/README.md) through the HTTP API: an account buys 3,000 credits, then, after a
change of rates, another 5,000, and every request of the hour is one debit. Run twice, it books nothing twice.

  --senders N   senders at work at the same time, 1 to 64 (default 1: in the order of the file)
  --bulk N      debits in one request, 1 to 1000 (default 100; 1: each by itself)
  --retries     lose some answers on purpose, and send the same requests again
  --url URL     a running service (default: the one on PORT, or one that is started for the demo and stopped after it)
  --help        this text

The service has to be a sandbox: the demo advances its clock by a month. The operator's key is read from
CREDITS_OPERATOR_KEY, or else from the data directory (DATA_DIR, default .data).
`;

export class UsageError extends Error {
  override readonly name = 'UsageError';
}

export function parseOptions(args: readonly string[]): DemoOptions {
  const { values } = parse(args);
  return {
    senders: integer('--senders', values.senders, 1, 64),
    bulk: integer('--bulk', values.bulk, 1, 1_000),
    retries: values.retries,
    url: values.url === undefined ? undefined : origin(values.url),
    help: values.help,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        senders: { type: 'string', default: '1' },
        bulk: { type: 'string', default: '100' },
        retries: { type: 'boolean', default: false },
        url: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error));
  }
}

function integer(name: string, text: string, least: number, most: number): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : NaN;
  if (!(value >= least && value <= most)) throw new UsageError(`${name} is a whole number from ${String(least)} to ${String(most)}.`);
  return value;
}

function origin(text: string): string {
  if (!/^https?:\/\//.test(text) || !URL.canParse(text)) throw new UsageError('--url is the address of a service, as in http://127.0.0.1:3000.');
  return new URL(text).origin;
}
