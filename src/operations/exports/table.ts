/** An amount as plain decimal text: credits with nine fractional digits, money at its currency's scale, perhaps below zero. */
export interface AmountCell {
  readonly amount: string;
}

export type Cell = string | number | AmountCell | null;

/** A sheet of rows that come as they are read. Every row has a cell for every column. */
export interface Table {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: Iterable<readonly Cell[]> | AsyncIterable<readonly Cell[]>;
}

export function amountCell(amount: string): AmountCell {
  return { amount };
}
