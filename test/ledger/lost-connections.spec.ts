import { expect, it } from '@jest/globals';
import { QueryRunnerAlreadyReleasedError, QueryRunnerProviderAlreadyReleasedError } from 'typeorm';
import { classifyFailure } from '../../src/ledger/failures.js';
import { impatientSocket } from '../../src/postgres/connection.js';

it.each([
  new Error('Connection terminated unexpectedly'),
  new Error('Query read timeout'),
  new QueryRunnerAlreadyReleasedError(),
  new QueryRunnerProviderAlreadyReleasedError(),
  Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }),
  Object.assign(new Error('terminating connection due to unexpected postmaster exit'), { code: '57P01' }),
])('%s is a connection that was lost, and no failure of the service', (error) => {
  expect(classifyFailure(error, false)).toBe('connection-lost');
});

it('a connection of the catalogue gives up on silence, in words that say so', async () => {
  const socket = impatientSocket();
  const ended = new Promise<Error>((resolve) => socket.once('error', resolve));
  expect(socket.timeout).toBe(15_000);
  socket.emit('timeout');
  expect(classifyFailure(await ended, false)).toBe('connection-lost');
});
