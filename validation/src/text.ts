/** One decimal; a dash where there is no figure. */
export function percent(share: number): string {
  return Number.isNaN(share) ? "–" : `${(share * 100).toFixed(1)} %`;
}

/** With its sign. */
export function signedPercent(share: number): string {
  return Number.isNaN(share) ? "–" : `${share >= 0 ? "+" : "−"}${percent(Math.abs(share))}`;
}

/** Text columns: the first to the left, the others to the right. */
export function alignColumns(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => (row[column] ?? "").length)));
  const pad = (cell: string, column: number): string =>
    column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0);
  return rows.map((row) => row.map(pad).join("  ")).join("\n");
}

/** A Markdown table whose first `labels` columns are text and the others figures. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[], labels: number): string {
  const cells = (values: readonly string[]): string => `| ${values.join(" | ")} |`;
  return [cells(head), cells(head.map((_, column) => (column < labels ? "---" : "---:"))), ...rows.map(cells)].join("\n");
}
