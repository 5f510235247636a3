import { canonicalJson } from './canonical-json.js';
import { amount } from './credits.js';
import { sha256 } from './hash-chain.js';
import { rateVersionId, type RateVersion } from './rate.js';

/** A rate version as it is submitted, kept and hashed: JSON without numbers, amounts as decimal strings. */
export interface RateVersionDocument {
  readonly cardId: string;
  readonly version: string;
  readonly effectiveDate: string;
  readonly features: readonly {
    readonly feature: string;
    readonly predecessor?: string | undefined;
    readonly rates: readonly {
      readonly meter: string;
      readonly unit: string;
      readonly creditsPerUnit: string;
      readonly increment?: string | undefined;
      readonly minimum?: string | undefined;
    }[];
  }[];
}

/** The text that is stored and that the hash commits to. */
export function rateVersionText(document: RateVersionDocument): string {
  return canonicalJson({ ...document });
}

/** Reads a rate version from its text; its hash is computed here and nowhere read, so a changed text changes every chain. */
export function readRateVersion(text: string): RateVersion {
  const document = JSON.parse(text) as RateVersionDocument;
  const version = Number.parseInt(document.version, 10);
  return {
    id: rateVersionId(document.cardId, version),
    cardId: document.cardId,
    version,
    effectiveDate: document.effectiveDate,
    hash: sha256(text),
    features: new Map(
      document.features.map(({ feature, predecessor, rates }) => [
        feature,
        {
          feature,
          predecessor: predecessor ?? null,
          rates: new Map(
            rates.map((rate) => [
              rate.meter,
              {
                meter: rate.meter,
                unit: rate.unit,
                creditsPerUnit: amount(rate.creditsPerUnit),
                increment: rate.increment === undefined ? null : amount(rate.increment),
                minimum: rate.minimum === undefined ? null : amount(rate.minimum),
              },
            ]),
          ),
        },
      ]),
    ),
  };
}
