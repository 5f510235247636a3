import type { DataSource } from 'typeorm';
import { breakId, type BreakDraft, type BreakKind } from '../domain/break.js';
import { openBreak, readBreak } from '../postgres/catalogue/breaks.js';
import { accountExists } from '../postgres/reads/accounts.js';

/** What a reconciliation found. */
export interface BreaksFound {
  /** Breaks that are there now, those that somebody has resolved before among them. */
  readonly found: number;
  /** Of these, those that nobody has resolved. */
  readonly open: number;
  readonly byKind: Readonly<Partial<Record<BreakKind, number>>>;
  /** The ids of the first 100. */
  readonly breakIds: readonly string[];
}

const LISTED = 100;

/** Keeps each difference as a break, once, however often it is found. */
export class FoundBreaks {
  private found = 0;
  private open = 0;
  private readonly byKind: Partial<Record<BreakKind, number>> = {};
  private readonly breakIds: string[] = [];

  constructor(
    private readonly database: DataSource,
    private readonly now: number,
    private readonly onBreak: (found: BreakDraft) => void = () => undefined,
  ) {}

  async note(found: BreakDraft): Promise<void> {
    const accountId = found.evidence['accountId'] ?? null;
    const exists = accountId !== null && (await accountExists(this.database, accountId));
    await openBreak(this.database, exists ? accountId : null, found, this.now);
    const id = breakId(found);
    this.found += 1;
    if ((await readBreak(this.database, id))?.resolved === null) this.open += 1;
    this.byKind[found.kind] = (this.byKind[found.kind] ?? 0) + 1;
    if (this.breakIds.length < LISTED) this.breakIds.push(id);
    this.onBreak(found);
  }

  result(): BreaksFound {
    return { found: this.found, open: this.open, byKind: this.byKind, breakIds: this.breakIds };
  }
}
