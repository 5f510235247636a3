import type { LoggerService } from '@nestjs/common';
import { destination, pino, stdTimeFunctions, type DestinationStream, type Logger } from 'pino';

export type { Logger } from 'pino';

export const LOG_LEVELS = ['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** One JSON object a line. Keys and passwords never get there: what may hold one is blanked out. */
export function createLogger(level: LogLevel, stream: DestinationStream = destination({ dest: 1, sync: true })): Logger {
  return pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      serializers: { err: withoutData },
      formatters: { level: (label) => ({ level: label }) },
      redact: {
        paths: ['*.authorization', '*.headers.authorization', '*.password', '*.connectionString', '*.apiKey', 'apiKey', 'password'],
        censor: '[redacted]',
      },
    },
    stream,
  );
}

/** Errors of a database carry rows and parameters, which may be anybody's data: of an error only what says where it came from is logged. */
function withoutData(error: unknown): unknown {
  if (!(error instanceof Error)) return { message: String(error) };
  const { code, cause } = error as Error & { readonly code?: unknown };
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    stack: error.stack,
    ...(cause === undefined ? {} : { cause: withoutData(cause) }),
  };
}

type NestLevel = 'error' | 'warn' | 'debug' | 'trace' | 'fatal';

/** Lets the framework's own messages go the same way as ours. What it tells of its wiring is for who debugs it. */
export class NestLogger implements LoggerService {
  constructor(private readonly logger: Logger) {}

  log(message: unknown, ...details: unknown[]): void {
    this.write('debug', message, details);
  }

  error(message: unknown, ...details: unknown[]): void {
    this.write('error', message, details);
  }

  warn(message: unknown, ...details: unknown[]): void {
    this.write('warn', message, details);
  }

  debug(message: unknown, ...details: unknown[]): void {
    this.write('trace', message, details);
  }

  verbose(message: unknown, ...details: unknown[]): void {
    this.write('trace', message, details);
  }

  fatal(message: unknown, ...details: unknown[]): void {
    this.write('fatal', message, details);
  }

  /** Nest passes the context (a class name) last, and an error's stack before it. */
  private write(level: NestLevel, message: unknown, details: readonly unknown[]): void {
    const context = details.at(-1);
    const fields = typeof context === 'string' ? { context } : {};
    const rest = typeof context === 'string' ? details.slice(0, -1) : details;
    const extra = rest.length > 0 ? { details: rest } : {};
    if (message instanceof Error) this.logger[level]({ ...fields, ...extra, err: message }, message.message);
    else this.logger[level]({ ...fields, ...extra }, typeof message === 'string' ? message : JSON.stringify(message));
  }
}
