import { Agent, request } from 'node:http';
import { afterEach, expect, test } from '@jest/globals';
import { createHttpApplication } from '../../src/http/application.js';
import { createLogger } from '../../src/platform/logging.js';
import { partsWithoutDatabase } from '../support/service.js';

const agent = new Agent({ keepAlive: true, maxSockets: 1 });

afterEach(() => {
  agent.destroy();
});

interface Answer {
  readonly status: number | undefined;
  readonly connection: string | undefined;
}

function get(url: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    request(url, { agent }, (answer) => {
      answer.resume().once('end', () => {
        resolve({ status: answer.statusCode, connection: answer.headers.connection });
      });
    })
      .once('error', reject)
      .end();
  });
}

test('a request that is open when the end begins is answered, and its connection is not kept', async () => {
  let letGo: (problems: readonly string[]) => void = () => undefined;
  let asked: () => void = () => undefined;
  const wasAsked = new Promise<void>((resolve) => {
    asked = resolve;
  });
  const readiness = (): Promise<readonly string[]> => {
    asked();
    return new Promise((resolve) => {
      letGo = resolve;
    });
  };
  const app = await createHttpApplication(partsWithoutDatabase(readiness), createLogger('silent'));
  await app.listen(0, '127.0.0.1');
  const url = await app.getUrl();

  const open = get(`${url}/health/ready`);
  await wasAsked;
  const closed = app.close();
  await expect(fetch(`${url}/health/live`)).rejects.toThrow();
  letGo([]);
  expect(await open).toEqual({ status: 200, connection: 'close' });
  await closed;
});
