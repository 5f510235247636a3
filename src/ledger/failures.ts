/** What a failed transaction means for the commands that were in it. */
export type Failure =
  /** Deadlock, serialization failure, lock timeout: the same transaction may simply succeed the next time. */
  | 'transient'
  /** The connection is gone. If COMMIT was under way its outcome is unknown: the keys will tell. */
  | 'connection-lost'
  /** The provider's transaction id is on record already, from another account or an instance at the same time. */
  | 'payment-conflict'
  /** Something that one command of the batch caused, or a bug: find the culprit by halving. */
  | 'unexpected';

const TRANSIENT = new Set(['40001', '40P01', '55P03']);
/** Class 08 is connections; 57P01-57P03 are a server going down, or a backend terminated by hand; 53300 too many clients. */
const LOST = /^(08...|57P0[1-5]|53300)$/;

export function classifyFailure(error: unknown, connectionLost: boolean): Failure {
  const { code, constraint } = errorFields(error);
  if (code !== undefined && TRANSIENT.has(code)) return 'transient';
  if (connectionLost || (code !== undefined && LOST.test(code))) return 'connection-lost';
  if (code === undefined || !/^[0-9A-Z]{5}$/.test(code)) {
    // Not an answer of the server: the socket, or the driver's own timeout.
    return isDriverFailure(error) ? 'connection-lost' : 'unexpected';
  }
  if (code === '23505' && (constraint === 'payment_of_provider' || constraint === 'reversal_of_provider')) return 'payment-conflict';
  // Timeouts of the server end the transaction whole; nothing of it is kept.
  if (code === '57014' || code === '25P03') return 'transient';
  return 'unexpected';
}

function isDriverFailure(error: unknown): boolean {
  const { code, message } = errorFields(error);
  return (
    (code !== undefined && /^E[A-Z]+$/.test(code)) ||
    // The last of them is said where a connection was lost in the midst of a transaction of the catalogue.
    /connection terminated|timeout|not queryable|client has encountered|socket|query runner (was )?already released/i.test(message)
  );
}

function errorFields(error: unknown): { code: string | undefined; constraint: string | undefined; message: string } {
  if (typeof error !== 'object' || error === null) return { code: undefined, constraint: undefined, message: String(error) };
  const fields = error as { code?: unknown; constraint?: unknown; message?: unknown };
  return {
    code: typeof fields.code === 'string' ? fields.code : undefined,
    constraint: typeof fields.constraint === 'string' ? fields.constraint : undefined,
    message: typeof fields.message === 'string' ? fields.message : '',
  };
}
