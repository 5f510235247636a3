import createClient from 'openapi-fetch';
import type { paths } from '../../generated/api';
import { ApiProblem, unreachable } from './problem';

let bearer: string | null = null;

/** In a frame the session is held here, for as long as the page lives; elsewhere by a cookie that no script can read. */
export function useBearer(secret: string): void {
  bearer = secret;
}

export const api = createClient<paths>({
  baseUrl: location.origin,
  credentials: 'same-origin',
  fetch: (request) => {
    if (bearer !== null) request.headers.set('authorization', `Bearer ${bearer}`);
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
