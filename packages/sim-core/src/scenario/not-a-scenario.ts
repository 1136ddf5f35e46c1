import type { Issue, Json } from "../errors.ts";
import { nearestNames } from "../score/nearest.ts";
import { SCENARIO_KEYS } from "./schema.ts";

/** Keys and names that a message lists at most. */
const SHOWN = 10;
const ADAPTER = "a prometheus-adapter configuration";

/**
 * Tells a file of another kind by its keys: a list of missing ones would say nothing to somebody who gave the wrong file.
 *
 * @returns `not_a_scenario`, or undefined for anything that may be meant as a scenario
 */
export function otherKindOfFile(value: unknown, file: string): Issue | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
  const keys = Object.keys(value);
  if (keys.length === 0 || keys.some((key) => SCENARIO_KEYS.includes(key))) return undefined;
  const kind = kindOf(value as { readonly [key: string]: unknown });
  if (kind === undefined && keys.some((key) => nearestNames(key, SCENARIO_KEYS).length > 0)) return undefined;
  const names = kind === ADAPTER ? adapterNames((value as { readonly rules?: unknown }).rules) : [];
  const data: { readonly [key: string]: Json } = {
    found: keys.slice(0, SHOWN),
    ...(kind === undefined ? {} : { kind }),
    ...(names.length === 0 ? {} : { names }),
  };
  return { code: "not_a_scenario", path: [], file, line: 1, column: 1, data };
}

function kindOf({ apiVersion, kind, rules }: { readonly [key: string]: unknown }): string | undefined {
  if (typeof apiVersion === "string" && typeof kind === "string") return `a Kubernetes ${kind}`;
  return typeof rules === "object" && rules !== null ? ADAPTER : undefined;
}

/** What the rules call their metrics: a list, or lists by API as in the values of its chart. */
function adapterNames(rules: unknown): readonly string[] {
  const lists = Array.isArray(rules) ? [rules] : Object.values(rules as object).filter((list) => Array.isArray(list));
  const names = lists.flat().map((rule: { readonly name?: { readonly as?: unknown } | null } | null) => rule?.name?.as);
  return names.filter((name) => typeof name === "string" && name !== "").slice(0, SHOWN) as readonly string[];
}
