import type { DataSource } from 'typeorm';
import { refuse } from '../domain/errors.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { insertNew } from '../postgres/catalogue/insert-new.js';
import { LicenseeRow } from '../postgres/entities/licensee.entity.js';
import type { Licensee } from '../postgres/reads/accounts.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { operatorRequest, type Requester } from './keyed-request.js';

export class CreateLicensee {
  constructor(private readonly database: DataSource) {}

  run(request: { readonly licenseeId: string; readonly legalName: string }, requester: Requester): Promise<Answered<Licensee>> {
    return answeredOnce(this.database, operatorRequest(requester, 'create-licensee', request), async (manager) => {
      const { now } = await readBusinessTime(manager);
      const isNew = await insertNew(manager, LicenseeRow, { ...request, createdAt: new Date(now) });
      if (!isNew) refuse('licensee-exists', `There is a licensee ${request.licenseeId} already.`, { pointer: '/licenseeId' });
      return { ...request, createdAt: now };
    });
  }
}
