/** `key`, `!key`, `key=value`, `key==value`, `key!=value`, `key in (a, b)`, `key notin (a, b)`. */
const REQUIREMENT =
  /^\s*(?:(?<absent>!)\s*(?<missing>[\w./-]+)|(?<key>[\w./-]+)\s*(?:(?<operator>=|==|!=)\s*(?<value>[\w.-]*)|(?<set>in|notin)\s*\((?<values>[^()]*)\))?)\s*$/;

/**
 * Whether a label selector, as text, selects labels.
 *
 * @returns undefined when the text is no selector
 * @see apimachinery pkg/labels/selector.go: without the label `!=` and `notin` hold
 */
export function selectsLabels(selector: string, labels: Readonly<Record<string, string>>): boolean | undefined {
  let selects = true;
  // Commas inside of parentheses separate values.
  for (const text of selector.split(/,(?![^(]*\))/)) {
    const groups = REQUIREMENT.exec(text)?.groups;
    if (groups === undefined) return undefined;
    selects &&= meets(groups, labels);
  }
  return selects;
}

function meets(groups: { readonly [name: string]: string | undefined }, labels: Readonly<Record<string, string>>): boolean {
  if (groups["absent"] !== undefined) return labels[groups["missing"] ?? ""] === undefined;
  const label = labels[groups["key"] ?? ""];
  const { operator, value = "", set, values = "" } = groups;
  if (operator !== undefined) return (label === value) === (operator !== "!=");
  if (set === undefined) return label !== undefined;
  const listed = values.split(",").map((one) => one.trim());
  return (label !== undefined && listed.includes(label)) === (set === "in");
}
