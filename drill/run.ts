import { parseArgs } from 'node:util';
import { runHostileClient } from './hostile/run.js';
import { storm } from './storm/run.js';

const HELP = `npm run drill [-- options]

  --seed N        plays the same game again (default 1)
  --commands N    commands of the clients (default 1000000); each debit of a bulk is one
  --faults N      faults meanwhile (default 200)
  --instances N   instances of the service (default 3)
  --clients N     clients at the same time (default 200)
  --accounts N    accounts that they use (default 200)
  --bulk N        the most debits of a bulk (default 1000)
  --requests N    hostile requests a route (default 5000)
  --routes REGEX  only routes whose operation id it finds (default all)
  --only PART     storm or hostile
`;

const number = (fallback: number) => ({ type: 'string', default: String(fallback) }) as const;

async function main(args: readonly string[]): Promise<boolean> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      seed: number(1),
      commands: number(1_000_000),
      faults: number(200),
      instances: number(3),
      clients: number(200),
      accounts: number(200),
      bulk: number(1_000),
      requests: number(5_000),
      routes: { type: 'string', default: '' },
      only: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) {
    process.stdout.write(HELP);
    return true;
  }
  const { seed } = values;
  const findings: string[] = [];
  if (values.only !== 'hostile') {
    const report = await storm({
      seed: whole(seed),
      instances: whole(values.instances),
      clients: whole(values.clients),
      accounts: whole(values.accounts),
      commands: whole(values.commands),
      faults: whole(values.faults),
      bulk: whole(values.bulk),
      tell,
    });
    findings.push(...report.findings);
    for (const [fault, times] of Object.entries(report.faults)) tell(`  ${fault}: ${String(times)}`);
    tell(
      `storm: seed ${seed}, ${String(report.commands)} commands, ${String(sum(report.faults))} faults, ${String(report.acknowledged)} acknowledged, ${String(report.refused)} refused, ` +
        `${String(report.again)} sent again, ${String(report.entries)} entries, ${String(report.messages)} messages, ${String(report.inspections)} inspections, ${String(report.seconds)} s, ${String(report.findings.length)} findings`,
    );
  }
  if (values.only !== 'storm') {
    const report = await runHostileClient(whole(seed), whole(values.requests), new RegExp(values.routes), tell);
    findings.push(...report.findings);
    tell(
      `hostile client: seed ${seed}, ${String(report.requests)} requests on ${String(report.routes)} routes, ${JSON.stringify(report.byStatus)}, ${String(report.findings.length)} findings`,
    );
  }
  for (const finding of findings) tell(`FOUND ${finding}`);
  tell(findings.length === 0 ? 'drill: nothing was found' : `drill: ${String(findings.length)} FINDINGS`);
  return findings.length === 0;
}

function tell(line: string): void {
  process.stdout.write(`${line}\n`);
}

function sum(counts: Readonly<Record<string, number>>): number {
  return Object.values(counts).reduce((total, count) => total + count, 0);
}

function whole(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`${text} is no whole number`);
  return Number(text);
}

process.exitCode = (await main(process.argv.slice(2))) ? 0 : 1;
