import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { ActDraft } from '../../domain/administrative-act.js';
import type { Json } from '../../domain/canonical-json.js';
import { shortDigest } from '../../domain/hash-chain.js';
import type { RecordActs } from '../../operations/record-acts.js';
import { ADMINISTRATIVE_ROUTES, TELLING_REFUSALS } from './administrative-routes.js';

const FLUSH_MS = 2_000;
/** Of one flush: whoever tries ten thousand ways in a second does not fill the chain with them. */
const MOST_KINDS = 20;
/** No request that means something is nested so deep; what is deeper would overflow the stack of whoever writes or reads it. */
const DEEPEST = 16;

declare module 'fastify' {
  interface FastifyRequest {
    /** The code of the problem that it was answered with. */
    problemCode: string | null;
  }
}

/** Puts administrative acts and refused attempts on record (SPEC 14). */
export function putActsOnRecord(server: FastifyInstance, acts: RecordActs, onFailure: (error: unknown) => void): void {
  const refusals = new Refusals(acts, onFailure);
  server.decorateRequest('problemCode', null);
  server.addHook('preHandler', async (request) => {
    const kind = ADMINISTRATIVE_ROUTES[routeOf(request)];
    if (kind === undefined) return;
    await acts.asked({
      kind,
      actor: request.caller?.actor ?? 'nobody',
      accountId: accountOf(request),
      subject: subjectOf(request),
      keyDigest: request.idempotencyKey === '' ? null : shortDigest(request.idempotencyKey),
      detail: { origin: request.ip, request: asJson(request.body) },
    });
  });
  server.addHook('onResponse', (request, _reply, done) => {
    const code = request.problemCode;
    const kind = ADMINISTRATIVE_ROUTES[routeOf(request)];
    if (code !== null && (TELLING_REFUSALS.has(code) || kind !== undefined)) refusals.note(request, kind ?? routeOf(request), code);
    done();
  });
  server.addHook('onClose', () => refusals.close());
}

/** Attempts that were refused: those alike within seconds are one act with a count. */
class Refusals {
  private counts = new Map<string, ActDraft>();
  private readonly timer: NodeJS.Timeout;
  private flushing: Promise<void> = Promise.resolve();

  constructor(
    private readonly acts: RecordActs,
    private readonly onFailure: (error: unknown) => void,
  ) {
    this.timer = setInterval(() => {
      this.flush();
    }, FLUSH_MS).unref();
  }

  note(request: FastifyRequest, kind: string, code: string): void {
    const draft: ActDraft = {
      kind,
      outcome: 'refused',
      code,
      actor: request.caller?.actor ?? 'nobody',
      accountId: accountOf(request),
      subject: null,
      keyDigest: null,
      count: 1,
      detail: { origin: request.ip },
    };
    const named = JSON.stringify([kind, code, draft.actor, draft.accountId, request.ip]);
    const known = this.counts.get(named);
    if (known !== undefined || this.counts.size < MOST_KINDS) {
      this.counts.set(named, { ...draft, count: (known?.count ?? 0) + 1 });
      return;
    }
    const others = this.counts.get('others');
    this.counts.set('others', { ...draft, kind: 'others', code, actor: 'several', accountId: null, detail: {}, count: (others?.count ?? 0) + 1 });
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    this.flush();
    await this.flushing;
  }

  private flush(): void {
    if (this.counts.size === 0) return;
    const drafts = [...this.counts.values()];
    this.counts = new Map();
    this.flushing = this.flushing.then(() => this.acts.refused(drafts)).catch(this.onFailure);
  }
}

function routeOf(request: FastifyRequest): string {
  return `${request.method} ${request.routeOptions.url ?? 'unknown'}`;
}

const ID = /^[\w.@~:-]{1,128}$/;

function accountOf(request: FastifyRequest): string | null {
  const { accountId } = paramsOf(request);
  return accountId !== undefined && ID.test(accountId) ? accountId : null;
}

/** What the address names besides the account. */
function subjectOf(request: FastifyRequest): string | null {
  const others = Object.entries(paramsOf(request)).filter(([name]) => name !== 'accountId');
  return others.length === 0 ? null : others.map(([name, value]) => `${name}:${value}`).join(',');
}

function paramsOf(request: FastifyRequest): Readonly<Record<string, string>> {
  return (request.params ?? {}) as Readonly<Record<string, string>>;
}

/** A body as it was sent. Numbers become texts, for nothing in the chain may be rounded. */
function asJson(value: unknown, depth = 0): Json {
  if (depth > DEEPEST) return 'nested deeper than any request';
  if (value === null || value === undefined) return null;
  if (typeof value === 'number') return String(value);
  if (typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((member) => asJson(member, depth + 1));
  return Object.fromEntries(Object.entries(value as Record<string, unknown>).map(([name, member]) => [name, asJson(member, depth + 1)]));
}
