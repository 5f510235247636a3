export interface Surroundings {
  readonly url: string;
  readonly database: string;
  readonly sandbox: boolean;
}

/** What a newcomer wants to know once the service is up: what runs where, and what to do next. */
export function welcome({ url, database, sandbox }: Surroundings): string {
  return [
    '',
    `  Service    ${url}`,
    `  API        ${url}/docs   (${url}/openapi.json)`,
    `  Health     ${url}/health/ready`,
    `  Database   ${database}`,
    `  Clock      ${sandbox ? 'sandbox: business time can be advanced' : 'real time'}`,
    '',
    '  Stop it with Ctrl-C; the data stays.',
    '',
  ].join('\n');
}
