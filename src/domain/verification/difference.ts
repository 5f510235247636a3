/** Something that the entries do not explain, named so that a person finds it: where, what, what it should be, what it is. */
export interface Difference {
  /** Null: it belongs to no account, as a rate version does. */
  readonly accountId: string | null;
  /** `account`, `entry 12`, `entry 12 line 1`, `lot 3`, `purchase <id>`, `rate version <id>` ... */
  readonly at: string;
  readonly what: string;
  readonly expected: string;
  readonly found: string;
}

export type DifferenceSink = (difference: Difference) => void;

type Named = string | number | boolean | null | undefined | { toFixed(): string };

/** Collects the differences of one account, or of what belongs to none. */
export class Findings {
  constructor(
    private readonly accountId: string | null,
    private readonly sink: DifferenceSink,
  ) {}

  differ(at: string, what: string, expected: Named, found: Named): void {
    this.sink({ accountId: this.accountId, at, what, expected: textOf(expected), found: textOf(found) });
  }

  /** Names a difference unless both are the same value. */
  same(at: string, what: string, expected: string | number | boolean | null, found: string | number | boolean | null | undefined): boolean {
    if (expected === found) return true;
    this.differ(at, what, expected, found);
    return false;
  }
}

function textOf(value: Named): string {
  if (value === null || value === undefined) return 'nothing';
  return typeof value === 'object' ? value.toFixed() : String(value);
}
