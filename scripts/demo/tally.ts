import { type Amount, ZERO, amount, formatCredits } from '../../src/domain/credits.js';

/** What the service answered for one request of the trace. */
export interface BookedDebit {
  readonly row: number;
  readonly replayed: boolean;
  readonly postings: readonly { readonly lotId: number; readonly credits: string }[];
}

export interface SpanningRequest {
  /** Counted from 0, in the order of the file. */
  readonly row: number;
  readonly postings: BookedDebit['postings'];
}

export interface Figures {
  readonly debits: number;
  /** Debits that had been booked before they were asked for this time. */
  readonly replayed: number;
  /** Credits by lot id, nine fractional digits. */
  readonly creditsOfLot: ReadonlyMap<number, string>;
  readonly total: string;
  /** In the order of the file. */
  readonly spanning: readonly SpanningRequest[];
}

/** Adds up what the answers say, and nothing else: neither prices nor balances are worked out here. */
export class Tally {
  private readonly rows = new Set<number>();
  private readonly ofLot = new Map<number, Amount>();
  private readonly spanning: SpanningRequest[] = [];
  private replayed = 0;

  add({ row, replayed, postings }: BookedDebit): void {
    if (this.rows.has(row)) throw new Error(`row ${String(row)} was counted twice`);
    this.rows.add(row);
    if (replayed) this.replayed += 1;
    for (const { lotId, credits } of postings) this.ofLot.set(lotId, (this.ofLot.get(lotId) ?? ZERO).add(amount(credits)));
    if (new Set(postings.map(({ lotId }) => lotId)).size > 1) this.spanning.push({ row, postings });
  }

  get debits(): number {
    return this.rows.size;
  }

  figures(): Figures {
    const lots = [...this.ofLot].sort(([a], [b]) => a - b);
    return {
      debits: this.debits,
      replayed: this.replayed,
      creditsOfLot: new Map(lots.map(([lotId, credits]) => [lotId, formatCredits(credits)])),
      total: formatCredits(lots.reduce((sum, [, credits]) => sum.add(credits), ZERO)),
      spanning: this.spanning.sort((a, b) => a.row - b.row),
    };
  }
}
