// Pieces of Markdown that the reference pages share.

/** Says at the head of a page that it is made, and from what. */
export const GENERATED = "<!-- Made by `npm run docs`; change the source it is made from instead. -->";

/** A table; cells are escaped. */
export function table(headings, rows) {
  const line = (cells) => `| ${cells.map((cell) => String(cell).replaceAll("|", "\\|").replaceAll("\n", " ")).join(" | ")} |`;
  return [line(headings), `| ${headings.map(() => "---").join(" | ")} |`, ...rows.map(line)].join("\n");
}

export function code(text) {
  return text === "" ? "" : `\`${text}\``;
}
