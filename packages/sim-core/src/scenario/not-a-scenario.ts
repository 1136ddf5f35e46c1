import type { Issue, Json } from "../errors.ts";
import { nearestNames } from "../score/nearest.ts";
import { SCENARIO_KEYS } from "./schema.ts";

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
  const data: { readonly [key: string]: Json } = { found: keys.slice(0, 10), ...(kind === undefined ? {} : { kind }) };
  return { code: "not_a_scenario", path: [], file, line: 1, column: 1, data };
}

function kindOf({ apiVersion, kind, rules }: { readonly [key: string]: unknown }): string | undefined {
  if (typeof apiVersion === "string" && typeof kind === "string") return `a Kubernetes ${kind}`;
  return typeof rules === "object" && rules !== null ? "a prometheus-adapter configuration" : undefined;
}
