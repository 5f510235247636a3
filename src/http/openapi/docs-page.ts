import type { OpenAPIObject } from '@nestjs/swagger';
import { schemaHtml, type JsonSchema } from './schema-html.js';
import { escapeHtml, inlineHtml } from './html.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;

interface Endpoint {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --soft: #8881; }
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 0 auto; padding: 1rem 1.5rem 4rem; }
h2 { margin-top: 2.5rem; border-bottom: 1px solid var(--line); }
details { border: 1px solid var(--line); border-radius: 6px; margin: .5rem 0; }
summary { cursor: pointer; padding: .5rem .75rem; }
details[open] > summary { background: var(--soft); border-bottom: 1px solid var(--line); }
details > div { padding: .25rem .75rem .75rem; }
code { font: .9em ui-monospace, monospace; }
.method { display: inline-block; min-width: 4rem; font-weight: 700; }
.note { opacity: .75; }
table { border-collapse: collapse; width: 100%; }
td, th { text-align: left; vertical-align: top; padding: .2rem .6rem .2rem 0; border-top: 1px solid var(--line); }
ul.schema { list-style: none; margin: 0; padding-left: 1.1rem; }
`;

/** The description as a page to read. */
export function docsPage(document: OpenAPIObject): string {
  const schemas = (document.components?.schemas ?? {}) as Readonly<Record<string, JsonSchema>>;
  const groups = [...groupByTag(document)];
  const contents = groups.map(([tag]) => `<a href="#${anchor(tag)}">${escapeHtml(tag)}</a>`).join(' · ');
  const sections = groups.map(
    ([tag, endpoints]) => `<h2 id="${anchor(tag)}">${escapeHtml(tag)}</h2>${endpoints.map((endpoint) => endpointHtml(endpoint, schemas)).join('')}`,
  );
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>${escapeHtml(document.info.title)}</title><style>${STYLE}</style></head><body>
<h1>${escapeHtml(document.info.title)}</h1><p>${inlineHtml(document.info.description ?? '')}</p>
<p>As a file: <a href="/openapi.json">/openapi.json</a>. Every problem: <a href="/problems">/problems</a>.</p>
<nav>${contents}</nav>${sections.join('')}</body></html>`;
}

function groupByTag(document: OpenAPIObject): Map<string, Endpoint[]> {
  const groups = new Map<string, Endpoint[]>();
  for (const [path, item] of Object.entries(document.paths)) {
    for (const method of ['get', 'post', 'delete'] as const) {
      const operation = item[method];
      if (operation === undefined) continue;
      const tag = operation.tags?.[0] ?? 'Service';
      groups.set(tag, [...(groups.get(tag) ?? []), { method, path, operation }]);
    }
  }
  return groups;
}

function endpointHtml({ method, path, operation }: Endpoint, schemas: Readonly<Record<string, JsonSchema>>): string {
  const body = operation.requestBody !== undefined && 'content' in operation.requestBody ? contentSchema(operation.requestBody.content) : undefined;
  return `<details id="${anchor(operation.operationId ?? path)}"><summary><span class="method">${method.toUpperCase()}</span> <code>${escapeHtml(path)}</code>
 <span class="note">${escapeHtml(operation.summary ?? '')}</span></summary><div>
<p>${inlineHtml(operation.description ?? '')}</p>${parametersHtml(operation)}
${body === undefined ? '' : `<h4>Body</h4>${schemaHtml(body, schemas)}`}<h4>Answers</h4>${answersHtml(operation, schemas)}</div></details>`;
}

function parametersHtml(operation: Operation): string {
  const rows = (operation.parameters ?? []).flatMap((parameter) =>
    '$ref' in parameter
      ? []
      : [
          `<tr><td><code>${escapeHtml(parameter.name)}</code></td><td>${parameter.in}${parameter.required === true ? ', required' : ''}</td><td>${inlineHtml(
            parameter.description ?? '',
          )}</td></tr>`,
        ],
  );
  return rows.length === 0 ? '' : `<h4>Parameters</h4><table>${rows.join('')}</table>`;
}

function answersHtml(operation: Operation, schemas: Readonly<Record<string, JsonSchema>>): string {
  const rows = Object.entries(operation.responses).map(([status, answer]) => {
    if (answer === undefined || '$ref' in answer) return '';
    const schema = status.startsWith('2') ? contentSchema(answer.content) : undefined;
    return `<tr><td><code>${status}</code></td><td>${inlineHtml(answer.description)}${schema === undefined ? '' : schemaHtml(schema, schemas)}</td></tr>`;
  });
  return `<table>${rows.join('')}</table>`;
}

function contentSchema(content: Readonly<Record<string, { readonly schema?: unknown }>> | undefined): JsonSchema | undefined {
  return content?.['application/json']?.schema as JsonSchema | undefined;
}

function anchor(text: string): string {
  return text.replaceAll(/\W+/g, '-').toLowerCase();
}
