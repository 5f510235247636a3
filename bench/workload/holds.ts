import type { CaptureHold, PlaceHold } from '../../src/domain/command.js';
import type { Usage } from '../../src/domain/usage.js';
import { ACTOR, FEATURE } from './catalogue.js';
import { randomDigest } from './random.js';

/** A hold that was never placed before, for an action of that usage. */
export function newHold(accountId: string, usage: Usage, ttlMs: number): PlaceHold {
  return {
    type: 'place-hold',
    accountId,
    keyDigest: randomDigest(),
    fingerprint: randomDigest(),
    actor: ACTOR,
    holdId: `hold-${randomDigest()}`,
    feature: FEATURE,
    estimate: { usage },
    ttlMs,
    maxCapture: null,
  };
}

/** Captures a hold whole. */
export function captureOf({ accountId, holdId }: PlaceHold, usage: Usage): CaptureHold {
  return {
    type: 'capture-hold',
    accountId,
    keyDigest: randomDigest(),
    fingerprint: randomDigest(),
    actor: ACTOR,
    holdId,
    usage,
    final: true,
    endUser: null,
    metadata: null,
  };
}
