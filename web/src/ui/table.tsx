import type { ReactNode } from 'react';

export interface Column<Row> {
  readonly name: string;
  readonly cell: (row: Row) => ReactNode;
  /** Figures stand at the end of their column, so that their places line up. */
  readonly figure?: boolean;
}

interface TableProps<Row> {
  readonly label: string;
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly keyOf: (row: Row) => string | number;
  /** Where the screen is narrow, each row becomes a list: for rows on which something is to be done. */
  readonly stacked?: boolean;
}

/** A table that scrolls by itself where the screen is narrow: the page around it never does. */
export function Table<Row>({ label, columns, rows, keyOf, stacked = false }: TableProps<Row>) {
  return (
    <div className={stacked ? 'table-wrap stacked' : 'table-wrap'} role="region" aria-label={label} tabIndex={0}>
      {/* The roles are those that it has anyway; some browsers forget them where it is shown as lists. */}
      <table role="table">
        <thead role="rowgroup">
          <tr role="row">
            {columns.map(({ name, figure }) => (
              <th key={name} scope="col" role="columnheader" className={figure === true ? 'num' : undefined}>
                {name}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup">
          {rows.map((row) => (
            <tr key={keyOf(row)} role="row">
              {columns.map(({ name, cell, figure }) => (
                <td key={name} role="cell" data-name={name} className={figure === true ? 'num' : undefined}>
                  {cell(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
