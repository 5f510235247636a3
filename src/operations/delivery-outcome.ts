/** What came of one attempt to bring an event to one contact or endpoint. */
export type DeliveryOutcome =
  /** `at`: wall time in milliseconds. */
  | { readonly ok: true; readonly status: number; readonly at: number }
  /** `permanent`: trying again does not help. `excerpt`: the first bytes of the answer, or what went wrong. `gone`: there is no such target any more. */
  | { readonly ok: false; readonly permanent: boolean; readonly status: number | null; readonly excerpt: string; readonly gone?: boolean };

export function failed(excerpt: string, status: number | null = null): DeliveryOutcome {
  return { ok: false, permanent: false, status, excerpt };
}

export function targetGone(excerpt: string): DeliveryOutcome {
  return { ok: false, permanent: true, status: null, excerpt, gone: true };
}

export function failedForGood(excerpt: string, status: number | null = null): DeliveryOutcome {
  return { ok: false, permanent: true, status, excerpt };
}
