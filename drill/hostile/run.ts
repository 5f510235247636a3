import { verifyLedger } from '../../src/operations/verify-ledger.js';
import { Instance } from '../support/instance.js';
import { Theatre } from '../support/theatre.js';
import { attack, type AttackReport } from './attack.js';

/** The attack on one instance over a database of its own. Its findings include what the verifier finds afterwards. */
export async function runHostileClient(seed: number, requestsPerRoute: number, routes: RegExp, tell: (line: string) => void): Promise<AttackReport> {
  const theatre = await Theatre.open();
  const instance = await Instance.start('prey', theatre.postgres.writerUrl, theatre.secrets);
  try {
    const report = await theatre.asOwner((database) =>
      attack({
        url: instance.url,
        operator: theatre.operator,
        database,
        seed,
        requestsPerRoute,
        routes,
        progress: (route, statuses) => {
          tell(`  ${route.padEnd(26)} ${statuses}`);
        },
      }),
    );
    const { differences } = await verifyLedger({ readerUrl: theatre.postgres.readerUrl });
    return { ...report, findings: [...report.findings, ...differences.map((difference) => `verifier: ${JSON.stringify(difference)}`)] };
  } finally {
    await instance.stop();
    theatre.close();
  }
}
