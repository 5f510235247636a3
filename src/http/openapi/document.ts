import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { z } from 'zod';
import { ERROR_CODES, type ErrorCode } from '../../domain/errors.js';
import { accessTo, type AccessRow } from '../access/access-table.js';
import { PROBLEMS } from '../problems/problem-table.js';
import { problemAnswer } from '../schemas/answers.js';
import { OWN_PROBLEMS } from './operation.js';

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;

const METHODS = ['get', 'post', 'delete'] as const;

const PROBLEMS_OF_ALL: readonly ErrorCode[] = ['internal-error', 'shutting-down'];
const PROBLEMS_OF_KEYED: readonly ErrorCode[] = ['database-unavailable', 'forbidden', 'unauthenticated'];
const PROBLEMS_OF_BODIES: readonly ErrorCode[] = ['invalid-request', 'malformed-json', 'payload-too-large', 'unsupported-media-type'];
const PROBLEMS_OF_COMMANDS: readonly ErrorCode[] = ['idempotency-key-reused', 'invalid-idempotency-key', 'account-busy', 'outcome-unknown', 'overloaded'];

/** The interface's description, OpenAPI 3.1, out of the code: routes, schemas, the access table and the table of problems. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('AI credits ledger')
    .setVersion('1')
    .setDescription(
      'An append-only ledger of AI credits. Amounts are strings; credits have 9 fractional digits. Every change takes an Idempotency-Key: the same key and request get the original answer again, marked Idempotency-Replayed: true. Refusals are problems (RFC 9457).',
    )
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key, kac_...' }, 'apiKey')
    .build();
  const document = SwaggerModule.createDocument(app, config, { standardSchemaConverter: (schema, { schemaType }) => convert(schema, schemaType) });
  const { schema: problem, components } = convert(problemAnswer, 'output') ?? { schema: {}, components: {} };
  document.components = { ...document.components, schemas: { ...document.components?.schemas, ...components } };
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of METHODS) {
      const operation = item[method];
      const row = accessTo(method.toUpperCase(), path.replaceAll(/\{(\w+)\}/g, ':$1'));
      if (operation !== undefined && row !== undefined) complete(operation, row, problem);
    }
  }
  return document;
}

type JsonSchema = Record<string, unknown>;

/** JSON Schema as 3.1 has it; what has an id becomes a component. */
function convert(schema: unknown, io: 'input' | 'output'): { schema: JsonSchema; components: Record<string, JsonSchema> } | undefined {
  if (!(schema instanceof z.ZodType)) return undefined;
  const converted = z.toJSONSchema(schema, { io, unrepresentable: 'any' }) as JsonSchema & { $defs?: Record<string, JsonSchema> };
  const components = Object.fromEntries(Object.entries(converted.$defs ?? {}).map(([name, definition]) => [name, component(definition)]));
  const root = component(converted);
  const id = schema.meta()?.id;
  if (id === undefined) return { schema: root, components };
  return { schema: { $ref: `#/components/schemas/${id}` }, components: { [id]: root, ...components } };
}

/** Names of its own have no place in a component, and references lead to other components. */
function component(schema: JsonSchema): JsonSchema {
  const own = Object.entries(schema).filter(([keyword]) => !['$schema', '$defs', 'id'].includes(keyword));
  return JSON.parse(JSON.stringify(Object.fromEntries(own)).replaceAll('#/$defs/', '#/components/schemas/')) as JsonSchema;
}

/** Adds what follows from the tables: key and scope, the idempotency key, and every problem as an answer. */
function complete(operation: Operation, row: AccessRow, problem: JsonSchema): void {
  const extended = operation as Operation & { [OWN_PROBLEMS]?: readonly ErrorCode[] | undefined };
  const codes = new Set<ErrorCode>([...PROBLEMS_OF_ALL, ...(extended[OWN_PROBLEMS] ?? [])]);
  extended[OWN_PROBLEMS] = undefined;
  const add = (more: readonly ErrorCode[]): void => {
    for (const code of more) codes.add(code);
  };
  if (typeof row.scopes !== 'string') {
    add(PROBLEMS_OF_KEYED);
    operation.security = [{ apiKey: [...row.scopes] }];
    operation.description = `${operation.description ?? ''}\n\nNeeds a key with ${row.scopes.map((scope) => `\`${scope}\``).join(' or ')}.`.trim();
  }
  if (operation.requestBody !== undefined) add(PROBLEMS_OF_BODIES);
  if (operation.parameters?.some((parameter) => 'in' in parameter && parameter.in === 'query') === true) add(['invalid-request']);
  if (row.idempotencyKey) {
    add(PROBLEMS_OF_COMMANDS);
    operation.parameters = [
      ...(operation.parameters ?? []),
      {
        name: 'Idempotency-Key',
        in: 'header',
        required: true,
        description: '1 to 255 visible ASCII characters, not beginning with "sys:". A UUIDv7 serves well.',
        schema: { type: 'string', minLength: 1, maxLength: 255 },
      },
    ];
  }
  const statuses = new Map<number, ErrorCode[]>();
  for (const code of ERROR_CODES) {
    if (codes.has(code)) statuses.set(PROBLEMS[code].status, [...(statuses.get(PROBLEMS[code].status) ?? []), code]);
  }
  for (const [status, of] of statuses) {
    operation.responses[status] = {
      description: of.map((code) => `\`${code}\``).join(', '),
      content: { 'application/problem+json': { schema: problem } },
    };
  }
}
