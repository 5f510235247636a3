import type { FastifyReply } from 'fastify';
import type { Entry } from '../../domain/entry.js';
import type { Verdict } from '../../ledger/verdict.js';
import type { Answered } from '../../postgres/catalogue/answered-once.js';
import { sendProblem } from '../problems/problem.js';

const JSON_TYPE = 'application/json; charset=utf-8';

export function sendJson(reply: FastifyReply, status: number, json: string): void {
  void reply.code(status).header('content-type', JSON_TYPE).send(json);
}

function markReplayed(reply: FastifyReply, replayed: boolean): void {
  if (replayed) void reply.header('idempotency-replayed', 'true');
}

/** The answer to a command: 201 with what was booked, now or under the same key before, or the problem. */
export function sendVerdict(reply: FastifyReply, verdict: Verdict, render: (entry: Entry) => string, status = 201): void {
  if (!verdict.ok) {
    sendProblem(reply, verdict.refusal);
    return;
  }
  markReplayed(reply, verdict.replayed);
  sendJson(reply, status, render(verdict.entry));
}

/** The answer to a change of the catalogue, which may be that of the first time. */
export function sendAnswered<Answer>(reply: FastifyReply, { answer, replayed }: Answered<Answer>, view: (answer: Answer) => unknown, status = 201): void {
  markReplayed(reply, replayed);
  sendJson(reply, status, JSON.stringify(view(answer)));
}
