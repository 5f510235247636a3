import canonicalize from 'canonicalize';

/** A JSON value without numbers: amounts and counters are strings, so no reader can round them. */
export type Json = string | boolean | null | readonly Json[] | { readonly [key: string]: Json | undefined };

/** RFC 8785: one text per value, whatever the order in which its members were written. */
export function canonicalJson(value: Json): string {
  const text = canonicalize(value);
  if (text === undefined) throw new Error('a canonical JSON text needs a value');
  return text;
}
