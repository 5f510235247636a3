/** A request or a piece of evidence as names and texts, those within others by their path; what is null is left out. */
export function factsOf(value: unknown, within = ''): (readonly [name: string, text: string])[] {
  if (value === null || value === undefined) return [];
  if (typeof value !== 'object') return [[within, typeof value === 'string' ? value : JSON.stringify(value)]];
  return Object.entries(value).flatMap(([name, member]) => factsOf(member, within === '' ? name : `${within}.${name}`));
}
