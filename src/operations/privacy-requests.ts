import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { correctContactName, eraseContact, eraseMetadata, readContactData, type ContactData } from '../postgres/catalogue/personal-data.js';
import { insertPrivacyRequest, noteAnswer, noteIdentity, readPrivacyRequest, type IdentityMeans, type PrivacyKind, type PrivacyRequest } from '../postgres/catalogue/privacy-requests.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { operatorRequest, type Requester } from './keyed-request.js';
import { uuidV7 } from './uuid-v7.js';

const DAY_MS = 24 * 3_600_000;
/** A request is answered within so many days of its receipt. */
const ANSWER_DAYS = 30;

export interface PrivacyAnswer {
  readonly request: PrivacyRequest;
  /** What the person asked to see or to take along. It is answered, and kept nowhere. */
  readonly data: ContactData | null;
}

export type AnswerWish = { readonly refusedBecause: string } | { readonly name?: string };

/**
 * What a person may ask about a contact's data: to see it, correct it, take it along, have it erased (SPEC 14). Each request is
 * a record with a due date and an answer; nothing is done for anybody whose identity was not checked first.
 */
export class PrivacyRequests {
  constructor(
    private readonly database: DataSource,
    private readonly wallNow: () => number,
  ) {}

  receive(contactId: string, kind: PrivacyKind, receivedAt: number | null, requester: Requester): Promise<Answered<PrivacyRequest>> {
    const keyed = operatorRequest(requester, 'receive-privacy-request', { contactId, kind, receivedAt: receivedAt === null ? null : String(receivedAt) });
    return answeredOnce(this.database, keyed, async (manager) => {
      const { now } = await readBusinessTime(manager);
      const received = Math.min(receivedAt ?? now, now);
      const requestId = uuidV7(this.wallNow());
      await insertPrivacyRequest(manager, { requestId, contactId, kind, receivedAt: received, dueAt: received + ANSWER_DAYS * DAY_MS, receivedBy: requester.actor });
      return (await readPrivacyRequest(manager, requestId)) ?? noSuchRequest();
    });
  }

  checkIdentity(requestId: string, means: IdentityMeans, requester: Requester): Promise<Answered<PrivacyRequest>> {
    return answeredOnce(this.database, operatorRequest(requester, 'check-identity', { requestId, means }), async (manager) => {
      const request = (await readPrivacyRequest(manager, requestId)) ?? noSuchRequest();
      if (request.answeredAt !== null) answeredAlready();
      const { now } = await readBusinessTime(manager);
      await noteIdentity(manager, requestId, { at: now, by: requester.actor, means });
      return (await readPrivacyRequest(manager, requestId)) ?? noSuchRequest();
    });
  }

  /** Does what is asked and notes the answer, in one transaction. The data itself is not kept with the answer. */
  async answer(requestId: string, wish: AnswerWish, requester: Requester): Promise<Answered<PrivacyAnswer>> {
    let data: ContactData | null = null;
    const named = 'refusedBecause' in wish ? { refusedBecause: wish.refusedBecause } : { corrects: wish.name !== undefined };
    const keyed = operatorRequest(requester, 'answer-privacy-request', { requestId, ...named });
    const { answer, replayed } = await answeredOnce(this.database, keyed, async (manager) => {
      const request = (await readPrivacyRequest(manager, requestId)) ?? noSuchRequest();
      if (request.answeredAt !== null) answeredAlready();
      const { now } = await readBusinessTime(manager);
      if ('refusedBecause' in wish) {
        await noteAnswer(manager, requestId, { at: now, by: requester.actor, outcome: 'refused', refusedBecause: wish.refusedBecause });
      } else {
        if (request.identityCheckedAt === null) {
          refuse('identity-not-checked', 'Nothing is shown, changed or erased for anybody whose identity was not checked: note the check first.');
        }
        const { contactId, kind } = request;
        const done = kind === 'erase' ? eraseContact(manager, contactId, this.wallNow()) : kind === 'correct' ? correctContactName(manager, contactId, wish.name ?? nameMissing()) : null;
        if (done === null) data = (await readContactData(manager, contactId)) ?? noSuchContact();
        else if (!(await done)) noSuchContact();
        await noteAnswer(manager, requestId, { at: now, by: requester.actor, outcome: 'done', refusedBecause: null });
      }
      return (await readPrivacyRequest(manager, requestId)) ?? noSuchRequest();
    });
    return { answer: { request: answer, data }, replayed };
  }

  /** The licensee is the controller of what it sent along with a debit: it has it erased itself. */
  async eraseMetadata(accountId: string, seq: number): Promise<void> {
    if (!(await eraseMetadata(this.database, accountId, seq))) refuse('entry-not-found', 'The account has no such entry with metadata.');
  }
}

function noSuchRequest(): never {
  return refuse('privacy-request-not-found', 'There is no such request.');
}

function noSuchContact(): never {
  return refuse('contact-not-found', 'There is no such contact, or it was erased already. Answer the request with a refusal that says so.');
}

function answeredAlready(): never {
  return refuse('privacy-request-answered', 'The request was answered already.');
}

function nameMissing(): never {
  return refuse('invalid-request', 'A correction names the right name.', { pointer: '/name' });
}
