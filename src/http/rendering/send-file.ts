import { Readable } from 'node:stream';
import type { FastifyReply } from 'fastify';

const TYPES = {
  csv: 'text/csv; charset=utf-8; header=present',
  xlsx: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  pdf: 'application/pdf',
  journal: 'text/plain; charset=utf-8',
} as const;

/** Sends a file piece by piece, as fast as it is taken. `name` is made of ids and dates only. */
export function sendFile(reply: FastifyReply, type: keyof typeof TYPES, name: string, pieces: Iterable<string | Uint8Array> | AsyncIterable<string | Uint8Array>): void {
  const plain = name.replaceAll(/[^A-Za-z0-9._-]/g, '_');
  void reply
    .code(200)
    .header('content-type', TYPES[type])
    .header('content-disposition', `attachment; filename="${plain}.${type}"`)
    .send(Readable.from(pieces, { objectMode: false }));
}
