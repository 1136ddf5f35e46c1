import { type Html, type HtmlValue, html } from "./markup.ts";

/** A column: its heading, and what it says of a row. */
export interface Column<Row> {
  readonly heading: string;
  readonly cell: (row: Row, index: number) => HtmlValue;
  readonly numeric?: boolean;
}

export interface TableOptions<Row> {
  readonly caption: string;
  readonly className?: string;
  readonly id?: string;
  /** Scrolls within a limited height. */
  readonly tall?: boolean;
  /** Further attributes of a row, as markup. */
  readonly rowAttributes?: (row: Row, index: number) => Html;
}

/** A table with a caption and header cells, the first column naming the row; on narrow screens it scrolls by itself. */
export function table<Row>(rows: readonly Row[], columns: readonly Column<Row>[], options: TableOptions<Row>): Html {
  const head = columns.map((column) => html`<th scope="col"${numeric(column)}>${column.heading}</th>`);
  const body = rows.map(
    (row, index) => html`<tr${options.rowAttributes?.(row, index)}>${columns.map((column, at) => cell(column, at, row, index))}</tr>
`,
  );
  return html`<div class="scroll${options.tall === true ? " tall" : ""}" role="region" tabindex="0" aria-label="${options.caption}"><table class="${options.className ?? "plain"}"${options.id === undefined ? undefined : html` id="${options.id}"`}>
<caption>${options.caption}</caption>
<thead><tr>${head}</tr></thead>
<tbody>
${body}</tbody></table></div>
`;
}

function cell<Row>(column: Column<Row>, at: number, row: Row, index: number): Html {
  const value = column.cell(row, index);
  return at === 0 ? html`<th scope="row"${numeric(column)}>${value}</th>` : html`<td${numeric(column)}>${value}</td>`;
}

function numeric(column: { readonly numeric?: boolean }): Html | undefined {
  return column.numeric === true ? html` class="num"` : undefined;
}

/** "pass" or "fail" in words and colour. */
export function passMark(passed: boolean, good: string, bad: string): Html {
  return passed ? html`<span class="good">${good}</span>` : html`<span class="bad">${bad}</span>`;
}

/** A bar of 0…1 under a number. */
export function spark(share: number): Html {
  const width = Math.round(Math.max(0, Math.min(1, share)) * 1000) / 10;
  return html`<svg class="spark" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="rest" width="100" height="4"/><rect width="${width}" height="4"/></svg>`;
}
