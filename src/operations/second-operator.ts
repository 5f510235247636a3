import type { DataSource } from 'typeorm';
import type { Json } from '../domain/canonical-json.js';
import { refusal } from '../domain/errors.js';
import type { Verdict } from '../ledger/verdict.js';
import { answeredBefore, answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import {
  claimPendingAct,
  finishPendingAct,
  insertPendingAct,
  readPendingAct,
  releasePendingAct,
  type ActKind,
  type PendingAct,
} from '../postgres/catalogue/pending-acts.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { administrativeRequest, type Requester } from './keyed-request.js';
import { uuidV7 } from './uuid-v7.js';

/** How long an act waits for its second operator. */
const ACT_LIFE_MS = 7 * 24 * 3_600_000;

/** An act with both who asked for it and who confirms it. */
export interface ConfirmedAct {
  readonly accountId: string;
  readonly request: Json;
  readonly requestedBy: string;
  /** Who confirms it, under a key that belongs to the act: confirmed twice, it is carried out once. */
  readonly confirmer: Requester;
}

/** Carries out an act that two operators want. */
export interface ActCarrier {
  carryOut(act: ConfirmedAct): Promise<Verdict>;
}

/** What a request came to: booked or refused, or waiting for another operator. */
export type VerdictOrAct = Verdict | { readonly pending: Answered<PendingAct> };

/**
 * Acts that take two operators. The first one asks, and nothing is booked; another one confirms, and the entry names both.
 * The rules themselves refuse what only one person wants, whoever calls them.
 */
export class SecondOperator {
  constructor(
    private readonly database: DataSource,
    private readonly wallNow: () => number,
  ) {}

  /**
   * Tries the act with one operator; where the rules ask for a second one, keeps it for them. The same key and request are
   * answered with the same act for ever, whatever one operator would be allowed by then.
   */
  async tryOrAsk(kind: ActKind, accountId: string, request: Json, requester: Requester, alone: () => Promise<Verdict>): Promise<VerdictOrAct> {
    const keyed = administrativeRequest(`account:${accountId}/acts`, requester, `ask-${kind}`, request);
    const before = await answeredBefore<PendingAct>(this.database, keyed);
    if (before !== null) return { pending: before };
    const verdict = await alone();
    if (verdict.ok || verdict.refusal.code !== 'second-operator-required') return verdict;
    const pending = await answeredOnce(this.database, keyed, async (manager): Promise<PendingAct> => {
      const { now } = await readBusinessTime(manager);
      const act: PendingAct = {
        actId: uuidV7(this.wallNow()),
        accountId,
        kind,
        request,
        requestedBy: requester.actor,
        requestedAt: now,
        expiresAt: now + ACT_LIFE_MS,
        confirmedBy: null,
        confirmedAt: null,
        seq: null,
        declined: null,
      };
      await insertPendingAct(manager, act);
      return act;
    });
    return { pending };
  }
}

/** Confirms a pending act as another operator than who asked for it, and carries it out. */
export class ConfirmAct {
  constructor(
    private readonly database: DataSource,
    private readonly carriers: Readonly<Record<ActKind, ActCarrier>>,
  ) {}

  async run(actId: string, actor: string): Promise<Verdict> {
    const asked = await readPendingAct(this.database, actId);
    if (asked === null) return refused('pending-act-not-found', 'There is no such act.');
    if (asked.requestedBy === actor) {
      return refused('second-operator-required', 'Who asked for an act cannot confirm it: this takes another operator.');
    }
    const { now } = await readBusinessTime(this.database);
    await claimPendingAct(this.database, actId, actor, now);
    const act = await readPendingAct(this.database, actId);
    // What was confirmed in time is carried out also when the first attempt broke off.
    if (act?.confirmedBy == null) return refused('pending-act-ended', 'The act was declined, or not confirmed in time: ask for it again.');
    const confirmer = { actor: act.confirmedBy, idempotencyKey: `sys:act:${actId}` };
    const { accountId, request, requestedBy, kind } = act;
    const verdict = await this.carriers[kind].carryOut({ accountId, request, requestedBy, confirmer });
    if (verdict.ok) await finishPendingAct(this.database, actId, act.confirmedBy, now, verdict.entry.seq);
    else if (!MAY_HAVE_HAPPENED.has(verdict.refusal.code)) await releasePendingAct(this.database, actId);
    return verdict;
  }
}

/** After these the same confirmation is tried again, by the same person's name. */
const MAY_HAVE_HAPPENED: ReadonlySet<string> = new Set(['outcome-unknown', 'database-unavailable', 'internal-error', 'transfer-half-done']);

function refused(code: 'pending-act-not-found' | 'pending-act-ended' | 'second-operator-required', detail: string): Verdict {
  return { ok: false, refusal: refusal(code, detail) };
}
