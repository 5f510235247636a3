import { z } from 'zod';
import { RECONCILIATION_SCOPES, RUN_STATES } from '../../postgres/catalogue/reconciliation-runs.js';
import { id, instant as instantText, name } from './values.js';

const instant = z.string().meta({ format: 'date-time' });
const count = z.int().nonnegative();

export const runAnswer = z
  .strictObject({
    runId: z.string(),
    scope: z.enum(RECONCILIATION_SCOPES),
    state: z.enum(RUN_STATES),
    requestedBy: z.string(),
    requestedAt: instant,
    night: z.string().nullable().meta({ format: 'date', description: 'The UTC day whose nightly run it is.' }),
    startedAt: instant.nullable(),
    finishedAt: instant.nullable(),
    report: z
      .record(z.string(), z.unknown())
      .nullable()
      .meta({ description: 'What it read; how many breaks it `found`, how many of them are `open`; `byKind`, and the ids of the first 100. Counts are texts.' }),
  })
  .meta({ id: 'ReconciliationRun' });
export const runsAnswer = z.strictObject({ items: z.array(runAnswer) }).meta({ id: 'ReconciliationRuns' });

const covered = {
  from: instantText.optional().meta({ description: 'With `until`: what is on record between them, both included, and not in the file, is a break as well.' }),
  until: instantText.optional(),
  format: z.enum(['csv', 'ndjson']).optional().meta({ description: '`csv` unless said otherwise.' }),
};
export const usageFileQuery = z.strictObject({ ...covered, accountId: id.optional().meta({ description: 'Also where the file names it nowhere.' }) });
export const settlementFileQuery = z.strictObject({ ...covered, provider: name });
export const usageFile = z.string().meta({
  id: 'UsageFile',
  description:
    'CSV with a header, or NDJSON: accountId, idempotencyKey, feature, usage (a JSON object, or one column `usage.<meter>` for each meter), and, where they are to be compared, occurredAt and credits. At most 1 MiB; larger ones by the command line.',
});
export const settlementFile = z.string().meta({ id: 'SettlementFile', description: 'CSV with a header, or NDJSON: providerPaymentId, amount, currency. At most 1 MiB; larger ones by the command line.' });

export const fileReconciledAnswer = z
  .strictObject({
    runId: z.string(),
    lines: count,
    unreadable: count.meta({ description: 'Lines that could not be read, and were compared with nothing.' }),
    unreadableLines: z.array(count).meta({ description: 'The first 100 of them.' }),
    found: count,
    open: count.meta({ description: 'Breaks found that nobody has resolved.' }),
    byKind: z.record(z.string(), count),
    breakIds: z.array(z.string()).meta({ description: 'The first 100.' }),
  })
  .meta({ id: 'FileReconciled' });
