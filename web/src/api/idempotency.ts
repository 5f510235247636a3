import { useState } from 'react';

/** A UUIDv7: time first, then chance. Made here because `crypto.randomUUID` is missing where people come over plain http. */
export function newKey(now: number = Date.now()): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const time = now.toString(16).padStart(12, '0');
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const variant = '89ab'.charAt((bytes[8] ?? 0) & 3);
  return `${time.slice(0, 8)}-${time.slice(8)}-7${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20)}`;
}

/**
 * One key for one intention: however often a button is pressed or an answer gets lost, it is booked once. `renew` begins the
 * next intention, once this one was answered.
 */
export function useIntention(): { readonly header: { 'Idempotency-Key': string }; readonly renew: () => void } {
  const [key, setKey] = useState(() => newKey());
  return {
    header: { 'Idempotency-Key': key },
    renew: () => {
      setKey(newKey());
    },
  };
}
