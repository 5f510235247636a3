import { parseArgs } from 'node:util';
import { runHostileClient } from './hostile/run.js';

const HELP = `npm run drill [-- --seed N] [--requests N]

  --seed N       plays the same game again (default 1)
  --requests N   hostile requests a route (default 5000)
`;

async function main(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: { seed: { type: 'string', default: '1' }, requests: { type: 'string', default: '5000' }, help: { type: 'boolean', default: false } },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return true;
  }
  const tell = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  const { routes, requests, byStatus, findings } = await runHostileClient(number(values.seed), number(values.requests), tell);
  for (const finding of findings) tell(`FOUND ${finding}`);
  tell(`hostile client: seed ${values.seed}, ${String(requests)} requests on ${String(routes)} routes, ${JSON.stringify(byStatus)}, ${String(findings.length)} findings`);
  return findings.length === 0;
}

function number(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${text} is no number`);
  return Number(text);
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
