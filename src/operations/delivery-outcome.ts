/** What came of one attempt to bring an event to one contact or endpoint. */
export type DeliveryOutcome =
  /** `at`: wall time in milliseconds. */
  | { readonly ok: true; readonly status: number; readonly at: number }
  /** `permanent`: trying again does not help. `excerpt`: the first bytes of the answer, or what went wrong. */
  | { readonly ok: false; readonly permanent: boolean; readonly status: number | null; readonly excerpt: string };

export function failed(excerpt: string, status: number | null = null): DeliveryOutcome {
  return { ok: false, permanent: false, status, excerpt };
}

export function failedForGood(excerpt: string, status: number | null = null): DeliveryOutcome {
  return { ok: false, permanent: true, status, excerpt };
}
