import { instantText } from '../../domain/calendar.js';
import type { WebhookAnswer } from '../../outbound/webhook-sender.js';
import type { Contact } from '../../postgres/catalogue/contacts.js';
import type { Endpoint, EndpointAttempt } from '../../postgres/catalogue/endpoints.js';

function instantOrNull(instant: number | null): string | null {
  return instant === null ? null : instantText(instant);
}

export function contactView({ contactId, name, address, createdAt, verifiedAt, bouncedAt, bounceStatus, linkSentAt }: Contact) {
  return {
    contactId,
    name,
    address,
    createdAt: instantText(createdAt),
    verifiedAt: instantOrNull(verifiedAt),
    bouncedAt: instantOrNull(bouncedAt),
    bounceStatus,
    linkSentAt: instantOrNull(linkSentAt),
  };
}

export function endpointView({ endpointId, url, eventTypes, createdAt, disabledAt, failingSince }: Endpoint) {
  return { endpointId, url, eventTypes, createdAt: instantText(createdAt), disabledAt: instantOrNull(disabledAt), failingSince: instantOrNull(failingSince) };
}

export function attemptView({ at, ...attempt }: EndpointAttempt) {
  return { ...attempt, at: instantText(at) };
}

export function testedView({ status, durationMs, excerpt }: WebhookAnswer) {
  return { delivered: status !== null && status >= 200 && status < 300, status, durationMs, excerpt };
}
