import { displayWidth, padTo } from "./text.ts";

/** Where a table is printed. */
export interface TableOptions {
  /** Columns of the terminal; default 120. Columns of least weight are left out, and named, until the rest fits. */
  readonly width?: number;
  /** ANSI colours; default false. */
  readonly color?: boolean;
}

/** One cell, and how it is set off where there is colour. */
export interface Cell {
  readonly text: string;
  readonly tone?: "good" | "bad" | "strong";
}

/** A column with all its cells. */
export interface TextColumn {
  readonly heading: string;
  readonly side: "left" | "right";
  /** The smallest is left out first; the first column never is. */
  readonly weight: number;
  readonly cells: readonly Cell[];
}

const GAP = "  ";

/** Leaves out the columns of least weight until the rest fits; at least two stay. */
export function fitColumns(
  columns: readonly TextColumn[],
  width: number,
): { readonly kept: readonly TextColumn[]; readonly dropped: readonly string[] } {
  let kept = [...columns];
  const dropped: string[] = [];
  while (kept.length > 2 && kept.reduce((sum, column) => sum + columnWidth(column) + GAP.length, -GAP.length) > width) {
    const lightest = kept.reduce((least, column) => (column.weight < least.weight ? column : least));
    kept = kept.filter((column) => column !== lightest);
    dropped.push(lightest.heading);
  }
  return { kept, dropped };
}

function columnWidth(column: TextColumn): number {
  return Math.max(displayWidth(column.heading), ...column.cells.map((cell) => displayWidth(cell.text)));
}

/** Lines of an aligned table: heading, rule, rows; only rows when no column has a heading. */
export function draw(columns: readonly TextColumn[], options: TableOptions): readonly string[] {
  const widths = columns.map(columnWidth);
  const rows = Math.max(0, ...columns.map((column) => column.cells.length));
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, at) => paint({ ...cell, text: padTo(cell.text, widths[at] ?? 0, columns[at]?.side ?? "left") }, options))
      .join(GAP)
      .trimEnd();
  const body = Array.from({ length: rows }, (_, row) => line(columns.map((column) => column.cells[row] ?? { text: "" })));
  if (columns.every((column) => column.heading === "")) return body;
  return [line(columns.map((column) => ({ text: column.heading }))), widths.map((width) => "─".repeat(width)).join(GAP), ...body];
}

/** SGR codes. @see ECMA-48, section 8.3.117 */
const CODES = { good: "32", bad: "31", strong: "1" } as const;

/** A text with the colour of its tone, where colours are wanted. */
export function paint(cell: Cell, options: TableOptions): string {
  return options.color === true && cell.tone !== undefined && cell.text !== ""
    ? `\u001b[${CODES[cell.tone]}m${cell.text}\u001b[0m`
    : cell.text;
}
