import type { DataSource } from 'typeorm';
import { canonicalJson } from '../domain/canonical-json.js';
import { refuse } from '../domain/errors.js';
import { readRateVersion, type RateVersionDocument } from '../domain/rate-document.js';
import { roundsToZero } from '../domain/rate.js';
import { answeredOnce, type Answered } from '../postgres/catalogue/answered-once.js';
import { insertRateVersion, nextVersionNumber } from '../postgres/catalogue/rate-versions.js';
import { readBusinessTime } from '../postgres/reads/business-time.js';
import { rateCardExists, readRateVersion as readStored, type StoredRateVersion } from '../postgres/reads/rate-cards.js';
import { operatorRequest, type Requester } from './keyed-request.js';

export type NewRateVersion = Pick<RateVersionDocument, 'effectiveDate' | 'features'>;

/** Writes the next version of a card. It is a draft, and immutable all the same: what is wrong in it, a further one mends. */
export class DraftRateVersion {
  constructor(private readonly database: DataSource) {}

  run(cardId: string, content: NewRateVersion, requester: Requester): Promise<Answered<StoredRateVersion>> {
    const request = operatorRequest(requester, 'draft-rate-version', { cardId, ...content });
    return answeredOnce(this.database, request, async (manager) => {
      if (!(await rateCardExists(manager, cardId))) refuse('rate-card-not-found', `There is no rate card ${cardId}.`);
      const version = await nextVersionNumber(manager, cardId);
      const document: RateVersionDocument = { cardId, version: String(version), ...content };
      refuseRatesThatRoundToZero(document);
      const { now } = await readBusinessTime(manager);
      await insertRateVersion(manager, document, now);
      const stored = await readStored(manager, cardId, version);
      if (stored === null) throw new Error(`version ${version} of ${cardId} was not stored`);
      return stored;
    });
  }
}

/** SPEC 3: a rate whose smallest billable quantity would round to zero, without being zero, bills nothing for ever. */
function refuseRatesThatRoundToZero(document: RateVersionDocument): void {
  const { features } = readRateVersion(canonicalJson({ ...document }));
  document.features.forEach(({ feature, rates }, place) => {
    rates.forEach(({ meter }, line) => {
      const rate = features.get(feature)?.rates.get(meter);
      if (rate === undefined || !roundsToZero(rate)) return;
      refuse('rate-rounds-to-zero', `The smallest quantity of ${meter} that is billed would cost nothing: raise its rate, its increment or its minimum.`, {
        pointer: `/features/${place}/rates/${line}`,
        data: { feature, meter },
      });
    });
  });
}
