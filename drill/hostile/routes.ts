import { z } from 'zod';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** One operation of the interface, as its own description has it. */
export interface Route {
  readonly id: string;
  readonly method: 'GET' | 'POST' | 'DELETE' | 'PUT' | 'PATCH';
  /** With `{name}` where a parameter is. */
  readonly path: string;
  readonly pathParams: readonly string[];
  readonly query: readonly { readonly name: string; readonly schema: JsonSchema }[];
  /** Scopes that it takes; empty: public. */
  readonly scopes: readonly string[];
  readonly keyed: boolean;
  /** Bodies by their media types. */
  readonly bodies: readonly { readonly type: string; readonly schema: JsonSchema }[];
}

export interface Interface {
  readonly routes: readonly Route[];
  /** What a `$ref` leads to. */
  readonly resolve: (schema: JsonSchema) => JsonSchema;
}

const object = z.record(z.string(), z.unknown());
const operation = z.looseObject({
  operationId: z.string(),
  security: z.array(z.record(z.string(), z.array(z.string()))).optional(),
  parameters: z.array(z.looseObject({ name: z.string(), in: z.string(), schema: object.optional() })).optional(),
  requestBody: z.looseObject({ content: z.record(z.string(), z.looseObject({ schema: object.optional() })) }).optional(),
});
const description = z.looseObject({
  paths: z.record(z.string(), z.record(z.string(), operation)),
  components: z.looseObject({ schemas: z.record(z.string(), object) }),
});

/** Reads the description that the service gives of itself: what is not in it would not be attacked, so a test holds it to be whole. */
export function readInterface(document: unknown): Interface {
  const { paths, components } = description.parse(document);
  const routes = Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, { operationId, security, parameters = [], requestBody }]): Route => {
      const among = (where: string): { name: string; schema: JsonSchema }[] =>
        parameters.filter((parameter) => parameter.in === where).map(({ name, schema }) => ({ name, schema: schema ?? {} }));
      return {
        id: operationId,
        method: method.toUpperCase() as Route['method'],
        path,
        pathParams: [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? ''),
        query: among('query'),
        scopes: (security ?? []).flatMap((one) => Object.values(one).flat()),
        keyed: among('header').some(({ name }) => name === 'Idempotency-Key'),
        bodies: Object.entries(requestBody?.content ?? {}).map(([type, { schema }]) => ({ type, schema: schema ?? {} })),
      };
    }),
  );
  const resolve = (schema: JsonSchema): JsonSchema => {
    const reference = schema['$ref'];
    if (typeof reference !== 'string') return schema;
    return resolve(components.schemas[reference.split('/').at(-1) ?? ''] ?? {});
  };
  return { routes, resolve };
}
