/** Markup that is safe to put into a page as it is. Made only by {@link html} and {@link raw}. */
export interface Html {
  readonly markup: string;
}

export type HtmlValue = string | number | Html | readonly Html[] | undefined;

/** Builds markup from a template; every string put into it is escaped, so no value can become a tag or leave its attribute. */
export function html(parts: TemplateStringsArray, ...values: readonly HtmlValue[]): Html {
  let markup = parts[0] ?? "";
  values.forEach((value, index) => {
    markup += toMarkup(value) + (parts[index + 1] ?? "");
  });
  return { markup };
}

function toMarkup(value: HtmlValue): string {
  if (value === undefined) return "";
  if (typeof value === "string" || typeof value === "number") return escapeHtml(String(value));
  return "markup" in value ? value.markup : value.map((each) => each.markup).join("");
}

/** Declares text to be markup: only for text of our own. */
export function raw(markup: string): Html {
  return { markup };
}

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" };

/** Text for element content and quoted attributes; control characters, which HTML does not allow, become U+FFFD. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] ?? character).replace(CONTROL, "\uFFFD");
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]/g;

/** JSON for a script element that is not run: no `<`, so neither `</script` nor `<!--` can end or confuse it. */
export function scriptJson(value: unknown): Html {
  return raw(JSON.stringify(value).replace(/</g, "\\u003c"));
}

/** Code for an inline script: the sequences that would end it are broken up, line ends are those the parser will see. */
export function scriptCode(code: string): string {
  return code
    .replace(/\r\n?/g, "\n")
    .replace(/^\/\/# sourceMappingURL=.*$/gm, "")
    .replace(/<\/(script)/gi, "<\\/$1")
    .replace(/<!--/g, "<\\!--");
}
