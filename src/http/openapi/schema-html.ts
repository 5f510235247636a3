import { escapeHtml, inlineHtml } from './html.js';

/** As much of JSON Schema as the description uses. */
export interface JsonSchema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly enum?: readonly unknown[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema;
  readonly additionalProperties?: boolean | JsonSchema;
  readonly anyOf?: readonly JsonSchema[];
}

type Schemas = Readonly<Record<string, JsonSchema>>;

/** A schema as a list of its members, and theirs; a schema within itself is only named. */
export function schemaHtml(schema: JsonSchema, schemas: Schemas, above: readonly string[] = []): string {
  const name = nameOf(schema);
  if (name !== undefined) {
    const known = schemas[name];
    return above.includes(name) || known === undefined ? '' : schemaHtml(known, schemas, [...above, name]);
  }
  if (schema.anyOf !== undefined) return schema.anyOf.map((choice) => schemaHtml(choice, schemas, above)).join('');
  if (schema.items !== undefined) return schemaHtml(schema.items, schemas, above);
  if (schema.properties === undefined) return '';
  const members = Object.entries(schema.properties).map(([member, of]) => {
    const optional = schema.required?.includes(member) === true ? '' : ', optional';
    const described = of.description === undefined ? '' : ` ${inlineHtml(of.description)}`;
    return `<li><code>${escapeHtml(member)}</code> <span class="note">${escapeHtml(typeOf(of))}${optional}.${described}</span>${schemaHtml(of, schemas, above)}</li>`;
  });
  return `<ul class="schema">${members.join('')}</ul>`;
}

function typeOf(schema: JsonSchema): string {
  const name = nameOf(schema);
  if (name !== undefined) return name;
  if (schema.enum !== undefined) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  if (schema.anyOf !== undefined) return schema.anyOf.map(typeOf).join(' | ');
  if (schema.items !== undefined) return `list of ${typeOf(schema.items)}`;
  if (schema.format !== undefined) return schema.format;
  return [schema.type ?? 'any'].flat().join(' | ');
}

function nameOf({ $ref }: JsonSchema): string | undefined {
  return $ref?.split('/').at(-1);
}
