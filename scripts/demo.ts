import { findOperatorKey } from './demo/operator-key.js';
import { HELP, parseOptions, UsageError } from './demo/options.js';
import { runDemo } from './demo/run.js';
import { findOrStartService } from './demo/service.js';
import { databaseIsHere, verify } from './demo/verification.js';

async function main(): Promise<number> {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) {
    process.stdout.write(HELP);
    return 0;
  }
  const say = (text: string): void => {
    process.stdout.write(`${text}\n`);
  };
  const service = await findOrStartService(options.url, process.env);
  say(service.own ? `Started a service for the demo: ${service.url}` : `Using the service at ${service.url}`);
  try {
    const operatorKey = await findOperatorKey(process.env);
    say(await runDemo(service.url, operatorKey, options, say));
    if (!databaseIsHere(process.env)) {
      say('Not verified: the database of this service is elsewhere. Run npm run verify with its DATABASE_READER_URL.');
      return 0;
    }
    say('The verifier, which rebuilds everything from the entries alone:');
    return (await verify(process.env)) ? 0 : 1;
  } finally {
    await service.stop();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  const wrongUse = error instanceof UsageError;
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}${wrongUse ? '\n--help tells what there is.' : ''}\n`);
  process.exitCode = wrongUse ? 2 : 1;
}
