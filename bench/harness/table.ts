import type { Cost, Goal, ResultRow } from './row.js';

type Cells = readonly string[];

/** The results for a person: what was reached, and below it what it cost. */
export function renderTable(rows: readonly ResultRow[]): string {
  return `${alignColumns(resultCells(rows))}\n\nCost of one operation (medians over the rounds)\n${alignColumns(costCells(rows))}`;
}

function resultCells(rows: readonly ResultRow[]): Cells[] {
  const header = ['measure', 'unit', 'subject', 'baseline', 'ratio', 'q1-q3', 'goal', ''];
  return [
    header,
    ...rows.map(({ title, unit, subject, baseline, ratio, goal, reached }) => [
      title,
      unit,
      `${short(subject.value.median)} ${subject.name}`,
      baseline === null ? '-' : `${short(baseline.value.median)} ${baseline.name}`,
      short(ratio.median),
      `${short(ratio.q1)}-${short(ratio.q3)}`,
      goalText(goal),
      reached === null ? '' : reached ? 'reached' : 'NOT REACHED',
    ]),
  ];
}

function costCells(rows: readonly ResultRow[]): Cells[] {
  const header = ['measure', 'contestant', 'p50 ms', 'p99 ms', 'node CPU us', 'postgres CPU us', 'WAL bytes', 'rows read', 'per commit'];
  const cells: Cells[] = [header];
  const seen = new Set<Cost>();
  for (const { title, subject, baseline } of rows) {
    for (const side of [subject, baseline]) {
      if (side?.cost == null || seen.has(side.cost)) continue;
      const { p50, p99, nodeCpu, postgresCpu, walBytes, rowsRead, batch } = side.cost;
      seen.add(side.cost);
      cells.push([
        title,
        side.name,
        ...[p50, p99, nodeCpu, postgresCpu, walBytes, rowsRead, batch].map((value) => (value === null ? 'n/a' : short(value))),
      ]);
    }
  }
  return cells;
}

function goalText(goal: Goal | null): string {
  if (goal === null) return '';
  return `${goal.kind === 'at-least' ? '>=' : '<='} ${String(goal.value)}`;
}

/** Three significant digits at least, and no decimals where they would say nothing. */
function short(value: number): string {
  if (value >= 1_000) return Math.round(value).toLocaleString('en-US');
  if (value >= 100) return value.toFixed(0);
  if (value >= 10) return value.toFixed(1);
  return value.toFixed(value === 0 ? 0 : 2);
}

function alignColumns(rows: readonly Cells[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  ').trimEnd()).join('\n');
}
