import type { MetricRequest, PolicyTimer } from "@replicast/sim-core";

type Part = Readonly<Record<string, unknown>>;

/** Most timers and queries of one controller. */
const ENTRIES_MAX = 100;
/** Keys of each kind of query that are texts, besides its name. */
const QUERY_TEXTS: Readonly<Record<string, readonly string[]>> = {
  promql: ["query"],
  resource: ["resource"],
  pods: ["metric"],
  object: ["metric"],
  external: ["metric"],
};

/** Timers as a program writes them; undefined: they are not readable. */
export function readTimers(value: unknown): readonly PolicyTimer[] | undefined {
  return listOf(value, 1, ({ name, periodSeconds, phaseSeconds }) => {
    if (!isText(name) || !isSeconds(periodSeconds) || periodSeconds === 0) return undefined;
    if (phaseSeconds === undefined) return { name, periodSeconds };
    return isSeconds(phaseSeconds) ? { name, periodSeconds, phaseSeconds } : undefined;
  });
}

/** Queries as a program writes them; undefined: they are not readable. */
export function readQueries(value: unknown): readonly MetricRequest[] | undefined {
  return listOf(value, 0, (query) => {
    const { name, kind, selector, object, container } = query;
    const texts = isText(kind) ? QUERY_TEXTS[kind] : undefined;
    if (!isText(name) || texts === undefined || !texts.every((key) => isText(query[key]))) return undefined;
    if (selector !== undefined && !isTexts(selector)) return undefined;
    if (container !== undefined && !isText(container)) return undefined;
    if (kind === "object" && !(isTexts(object) && isText(object["kind"]) && isText(object["name"]))) return undefined;
    return query as unknown as MetricRequest;
  });
}

/** Every part read, each under a name of its own. */
function listOf<T extends { readonly name: string }>(
  value: unknown,
  minimum: number,
  read: (part: Part) => T | undefined,
): readonly T[] | undefined {
  if (!Array.isArray(value) || value.length < minimum || value.length > ENTRIES_MAX) return undefined;
  const parts = value.map((part: unknown) => (typeof part === "object" && part !== null ? read(part as Part) : undefined));
  const known = parts.filter((part) => part !== undefined);
  return known.length === parts.length && new Set(known.map(({ name }) => name)).size === known.length ? known : undefined;
}

function isText(value: unknown): value is string {
  return typeof value === "string" && value !== "";
}

function isSeconds(value: unknown): value is number {
  return typeof value === "number" && Number.isFinite(value) && value >= 0;
}

function isTexts(value: unknown): value is Readonly<Record<string, string>> {
  return (
    typeof value === "object" && value !== null && !Array.isArray(value) && Object.values(value).every((text) => typeof text === "string")
  );
}
