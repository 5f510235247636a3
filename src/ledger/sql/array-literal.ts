/**
 * PostgreSQL array literals, one column of a multi-row statement each. Written by hand because the driver's own
 * conversion looks at every element's type, which for 20 columns of some hundred rows costs more than the decisions do.
 */
export class TextColumn {
  private text = '';
  add(value: string | null): this {
    const element = value === null ? 'NULL' : NEEDS_ESCAPE.test(value) ? `"${value.replace(ESCAPED, '\\$&')}"` : `"${value}"`;
    this.text += this.text === '' ? element : `,${element}`;
    return this;
  }
  toString(): string {
    return `{${this.text}}`;
  }
}

/** For values of the service's own making that need no quotes: numbers, decimals, enum labels, instants, booleans. */
export class PlainColumn {
  private text = '';
  add(value: string | number | boolean | null): this {
    const element = value === null ? 'NULL' : String(value);
    this.text += this.text === '' ? element : `,${element}`;
    return this;
  }
  toString(): string {
    return `{${this.text}}`;
  }
}

/** For bytea, from hex. */
export class BytesColumn {
  private text = '';
  add(hex: string | null): this {
    const element = hex === null ? 'NULL' : `"\\\\x${hex}"`;
    this.text += this.text === '' ? element : `,${element}`;
    return this;
  }
  toString(): string {
    return `{${this.text}}`;
  }
}

const NEEDS_ESCAPE = /["\\]/;
const ESCAPED = /["\\]/g;

export function textArray(values: Iterable<string>): string {
  const column = new TextColumn();
  for (const value of values) column.add(value);
  return column.toString();
}
