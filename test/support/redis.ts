import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../src/platform/free-port.js';

/** Debian has it as redis-server; without it the tests of that backend say loudly that they were left out. */
export const REDIS_IS_THERE = spawnSync('redis-server', ['--version']).status === 0;

export interface TestRedis {
  readonly url: string;
  /** Empties it, as somebody with a shell would. */
  flush(): Promise<void>;
  /** From now on it holds at most so many bytes and refuses what is added beyond them; 0: as many as there are. */
  limit(bytes: string): Promise<void>;
  /** kill -9, and everything in it is gone. */
  kill(): Promise<void>;
  start(): Promise<void>;
  stop(): Promise<void>;
}

/** A Redis of one's own on loopback, without any file. */
export async function startRedis(): Promise<TestRedis> {
  const port = await freePort();
  const directory = mkdtempSync(path.join(tmpdir(), 'credits-redis-'));
  let child = run(port, directory);
  const answer = (command: string): Promise<string> => ask(port, command);
  const ready = async (): Promise<void> => {
    for (let attempt = 0; attempt < 500; attempt += 1) {
      if ((await answer('PING').catch(() => '')).startsWith('+PONG')) return;
      await sleep(20);
    }
    throw new Error('redis-server did not start');
  };
  const kill = async (): Promise<void> => {
    const ended = once(child, 'exit');
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill('SIGKILL');
    await ended;
  };
  await ready();
  return {
    url: `redis://127.0.0.1:${String(port)}`,
    flush: async () => {
      await answer('FLUSHALL');
    },
    limit: async (bytes) => {
      await answer(`CONFIG SET maxmemory ${bytes}`);
    },
    kill,
    start: async () => {
      child = run(port, directory);
      await ready();
    },
    stop: async () => {
      await kill();
      rmSync(directory, { recursive: true, force: true });
    },
  };
}

function run(port: number, directory: string) {
  const settings = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', directory];
  return spawn('redis-server', settings, { stdio: 'ignore' });
}

function ask(port: number, command: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = net.connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`));
    socket.once('data', (data) => {
      resolve(data.toString());
      socket.destroy();
    });
    socket.once('error', reject);
  });
}
