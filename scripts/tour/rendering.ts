const WIDTH = 126;

/**
 * JSON for a reader: only these members (paths such as `entry.postings.credits`; absent: all of them), in as few lines as
 * fit. Where a member was left out there are three dots.
 */
export function shortened(value: unknown, paths?: readonly string[], indent = ''): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  const parts = Array.isArray(value) ? value.map((item) => shortened(item, paths, `${indent}  `)) : membersOf(value, paths, indent);
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}'];
  const line = open + parts.join(', ') + close;
  if (indent.length + line.length <= WIDTH && !line.includes('\n')) return line;
  return `${open}\n${parts.map((part) => `${indent}  ${part}`).join(',\n')}\n${indent}${close}`;
}

function membersOf(value: object, paths: readonly string[] | undefined, indent: string): string[] {
  const all = Object.entries(value);
  const kept = all.filter(([name]) => paths === undefined || paths.some((path) => path === name || path.startsWith(`${name}.`)));
  const members = kept.map(([name, member]) => {
    const whole = paths === undefined || paths.includes(name);
    const below = whole ? undefined : paths.filter((path) => path.startsWith(`${name}.`)).map((path) => path.slice(name.length + 1));
    return `"${name}": ${shortened(member, below, `${indent}  `)}`;
  });
  return kept.length < all.length ? [...members, '...'] : members;
}
