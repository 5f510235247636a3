import { expect, test } from '@jest/globals';
import { createLogger, type LogLevel, NestLogger } from '../../src/platform/logging.js';

function logged(write: (logger: ReturnType<typeof createLogger>) => void, level: LogLevel = 'info'): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger(level, { write: (line: string) => lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

test('a line is one JSON object with level, time and message', () => {
  const [line] = logged((logger) => {
    logger.info({ account: 'acme' }, 'booked');
  });
  expect(line).toEqual({ level: 'info', time: expect.stringMatching(/^\d{4}-.*Z$/), account: 'acme', msg: 'booked' });
});

test('keys and passwords are blanked out', () => {
  const lines = logged((logger) => {
    logger.info({ apiKey: 'k', req: { headers: { authorization: 'Bearer k' } }, database: { password: 'p' } }, 'asked');
  });
  expect(JSON.stringify(lines)).not.toMatch(/Bearer|"k"|"p"/);
});

test("the framework's messages bear the name of what says them, and errors their stack", () => {
  const [line, failed] = logged((logger) => {
    const nest = new NestLogger(logger);
    nest.log('mapped', 'RouterExplorer');
    nest.debug('not at this level', 'RouterExplorer');
    nest.error(new Error('broken'), 'ExceptionsHandler');
  }, 'debug');
  expect(line).toMatchObject({ level: 'debug', context: 'RouterExplorer', msg: 'mapped' });
  expect(failed).toMatchObject({ level: 'error', context: 'ExceptionsHandler', msg: 'broken', err: { stack: expect.stringContaining('broken') } });
});

test('of an error only what says where it came from is logged: the rows and parameters that it carries may be personal', () => {
  const error = Object.assign(new Error('duplicate key', { cause: Object.assign(new Error('below'), { row: 'jane' }) }), {
    code: '23505',
    detail: 'Key (name)=(jane) already exists.',
    parameters: ['jane'],
  });
  const [line] = logged((logger) => {
    logger.error({ err: error }, 'a request failed');
  });
  expect(line?.['err']).toMatchObject({ type: 'Error', message: 'duplicate key', code: '23505', cause: { message: 'below' } });
  expect(JSON.stringify(line)).not.toContain('jane');
});
