import { CallFailedError, type ApiClient } from '../story/api-client.js';
import { setTimeout as sleep } from 'node:timers/promises';
import type { BookedDebit } from './tally.js';
import type { TraceRequest } from './trace.js';

interface Posting {
  readonly lotId: number;
  readonly credits: string;
}

interface Booked {
  readonly entry: { readonly postings: readonly Posting[] };
}

type ItemVerdict = (Booked & { readonly status: 201; readonly replayed: boolean }) | { readonly status: number; readonly problem: unknown };

const ATTEMPTS = 8;

/** Books requests of the trace as debits of one account. Each has an idempotency key of its own, the same in every run. */
export class TraceDebits {
  constructor(
    private readonly client: ApiClient,
    private readonly backendKey: string,
    private readonly accountId: string,
    private readonly feature: string,
  ) {}

  /** Each debit in a request of its own, one after the other. */
  async single(requests: readonly TraceRequest[]): Promise<readonly BookedDebit[]> {
    const booked: BookedDebit[] = [];
    for (const request of requests) booked.push(await this.one(request));
    return booked;
  }

  private async one(request: TraceRequest): Promise<BookedDebit> {
    const path = `/v1/accounts/${this.accountId}/debits`;
    const answer = await this.client.call({ method: 'POST', path, apiKey: this.backendKey, idempotencyKey: keyOf(request), body: this.debitOf(request) });
    if (answer.status !== 201) throw refused(request, answer.status, answer.body);
    return { row: request.row, replayed: answer.replayed, postings: (answer.body as Booked).entry.postings };
  }

  /** Many debits in one request. Each has its own verdict, and those that were not judged are sent again. */
  async bulk(requests: readonly TraceRequest[]): Promise<readonly BookedDebit[]> {
    const booked: BookedDebit[] = [];
    let waiting = requests;
    for (let attempt = 1; waiting.length > 0; attempt += 1) {
      if (attempt > ATTEMPTS) throw new CallFailedError(`${String(waiting.length)} debits were not judged in ${String(ATTEMPTS)} attempts`);
      if (attempt > 1) await sleep(100 * attempt);
      const { items } = await this.client.succeed<{ items: readonly ItemVerdict[] }>({
        method: 'POST',
        path: `/v1/accounts/${this.accountId}/debits/bulk`,
        apiKey: this.backendKey,
        body: { items: waiting.map((request) => ({ idempotencyKey: keyOf(request), ...this.debitOf(request) })) },
      });
      waiting = waiting.filter((request, i) => {
        const verdict = items[i];
        if (verdict === undefined) throw new CallFailedError('a bulk was answered with fewer verdicts than it had items');
        if ('problem' in verdict) {
          if (verdict.status !== 503) throw refused(request, verdict.status, verdict.problem);
          return true;
        }
        booked.push({ row: request.row, replayed: verdict.replayed, postings: verdict.entry.postings });
        return false;
      });
    }
    return booked;
  }

  /** The trace's own time goes along as metadata: the account's Term is today's, and the hour lies before it. */
  private debitOf({ row, time, inputTokens, outputTokens }: TraceRequest): object {
    return { feature: this.feature, usage: { inputTokens, outputTokens }, metadata: { traceTime: time, traceRow: String(row) } };
  }
}

function keyOf({ row }: TraceRequest): string {
  return `azure-llm-inference-2023-conv:${String(row)}`;
}

function refused(request: TraceRequest, status: number, problem: unknown): CallFailedError {
  return new CallFailedError(`row ${String(request.row)} of the trace was refused: ${String(status)} ${JSON.stringify(problem)}`);
}
