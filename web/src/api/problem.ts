/** What the API refuses with (RFC 9457). `code` is stable; `detail` is one sentence for a person. */
export class ApiProblem extends Error {
  readonly code: string;
  readonly detail: string;
  readonly pointer: string | null;
  readonly requestId: string | null;

  constructor(
    readonly status: number,
    body: unknown,
  ) {
    const fields = typeof body === 'object' && body !== null ? (body as Readonly<Record<string, unknown>>) : {};
    const text = (name: string): string | null => (typeof fields[name] === 'string' ? fields[name] : null);
    const code = text('code') ?? `status-${String(status)}`;
    super(code);
    this.name = 'ApiProblem';
    this.code = code;
    const [first] = Array.isArray(fields['errors']) ? (fields['errors'] as readonly { detail?: string; pointer?: string }[]) : [];
    this.detail = first?.detail ?? text('detail') ?? '';
    this.pointer = first?.pointer ?? text('pointer');
    this.requestId = text('instance');
  }
}

export function unreachable(): ApiProblem {
  return new ApiProblem(0, { code: 'unreachable' });
}

export function problemOf(error: unknown): ApiProblem {
  return error instanceof ApiProblem ? error : new ApiProblem(0, { code: 'page-failed', detail: error instanceof Error ? error.message : '' });
}
