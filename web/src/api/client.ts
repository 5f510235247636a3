import createClient from 'openapi-fetch';
import type { paths } from '../../generated/api';
import { ApiProblem, unreachable } from './problem';

let bearer: string | null = null;

/** In a frame the session is held here, for as long as the page lives; elsewhere by a cookie that no script can read. */
export function useBearer(secret: string): void {
  bearer = secret;
}

export function bearerHeader(): string | null {
  return bearer === null ? null : `Bearer ${bearer}`;
}

export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
  fetch: (request) => {
    const header = bearerHeader();
    if (header !== null) request.headers.set('authorization', header);
    return fetch(request);
  },
});

interface Outcome<Data> {
  readonly data?: Data;
  readonly error?: unknown;
  readonly response: Response;
}

/** The answer, or the problem as an error. */
export async function answerOf<Data>(call: Promise<Outcome<Data>>): Promise<Data> {
  let outcome: Outcome<Data>;
  try {
    outcome = await call;
  } catch {
    throw unreachable();
  }
  const { data, error, response } = outcome;
  if (!response.ok) throw new ApiProblem(response.status, error);
  return data as Data;
}

/** A file of the API, whole. */
export async function fileOf(path: string): Promise<Blob> {
  const header = bearerHeader();
  const response = await fetch(path, { credentials: 'same-origin', headers: header === null ? {} : { authorization: header } }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw new ApiProblem(response.status, await response.json().catch(() => null));
  return response.blob();
}
