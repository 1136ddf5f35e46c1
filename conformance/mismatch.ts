/** A part of an answer: what it is called, what was wanted, what came out. */
export type Part = readonly [what: string, wanted: unknown, got: unknown];

/** The first part that differs, as text; undefined when all agree. Keys that are undefined count as absent. */
export function mismatch(...parts: readonly Part[]): string | undefined {
  for (const [what, wanted, got] of parts) {
    const [left, right] = [textOf(wanted), textOf(got)];
    if (left !== right) return `${what}: wanted ${left}, got ${right}`;
  }
  return undefined;
}

/** Canonical text of a value: keys in order, numbers that JSON lacks by name. */
function textOf(value: unknown): string {
  return JSON.stringify(canonical(value)) ?? "nothing";
}

function canonical(value: unknown): unknown {
  if (typeof value === "bigint") return value.toString();
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (Array.isArray(value)) return value.map(canonical);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, member]) => [key, canonical(member)]));
}
