import type { Issue, IssuePath } from "@replicast/sim-core";
import { parseQuantity } from "@replicast/sim-core";
import { nearest } from "../parse.ts";
import { isRecord } from "./documents.ts";

/**
 * What the API server's decoder accepts at a place. `int32`, `quantity` (text or number) and so on are leaves, `strings` is a map of
 * strings, `any` is not looked at.
 */
export type Shape =
  | "string"
  | "boolean"
  | "int32"
  | "quantity"
  | "strings"
  | "any"
  | { readonly list: Shape }
  | { readonly fields: { readonly [name: string]: Shape } };

/** Takes issues as they are found. */
export type Report = (issue: Issue) => void;

/**
 * Checks the types of a decoded manifest as the API server's decoder does: null counts as absent, unknown fields are dropped (a warning
 * here, since a strict client refuses them).
 */
export function checkShape(value: unknown, shape: Shape, path: IssuePath, report: Report): void {
  if (value === null || value === undefined || shape === "any") return;
  if (shape === "strings" && isRecord(value)) {
    for (const [key, entry] of Object.entries(value)) checkShape(entry, "string", [...path, key], report);
  } else if (typeof shape === "string") {
    if (!isLeaf(value, shape)) {
      report({ code: "manifest_field_type", path, data: { field: fieldName(path), expected: LEAF_TEXT[shape], actual: describe(value) } });
    }
  } else if ("list" in shape) {
    if (Array.isArray(value)) for (const [index, entry] of value.entries()) checkShape(entry, shape.list, [...path, index], report);
    else report({ code: "manifest_field_type", path, data: { field: fieldName(path), expected: "a list", actual: describe(value) } });
  } else checkFields(value, shape.fields, path, report);
}

/** A manifest without its ill-typed fields, and who still takes issues of the rest. */
export interface WellTyped {
  readonly value: { readonly [key: string]: unknown };
  /** Passes on issues but those at, in or around an ill-typed field: what validation says there is nonsense. */
  readonly report: Report;
}

/**
 * Checks types as {@link checkShape} does, and clears the way for validation: the API server would stop here, but a reader wants to
 * know everything at once.
 */
export function clearOfIllTyped(value: { readonly [key: string]: unknown }, shape: Shape, report: Report): WellTyped {
  const bad: IssuePath[] = [];
  checkShape(value, shape, [], (issue) => {
    if (issue.code === "manifest_field_type") bad.push(issue.path);
    report(issue);
  });
  const whole = withoutNulls(value, shape) as WellTyped["value"];
  if (bad.length === 0) return { value: whole, report };
  const related = (path: IssuePath): boolean => bad.some((other) => startsWith(path, other) || startsWith(other, path));
  return {
    value: bad.reduce((rest, path) => without(rest, path) as typeof rest, whole),
    report: (issue) => {
      if (!related(issue.path)) report(issue);
    },
  };
}

/** As Go decodes it: null in a list is an object without fields. */
function withoutNulls(value: unknown, shape: Shape): unknown {
  if (typeof shape !== "object") return value;
  if ("list" in shape) {
    if (!Array.isArray(value)) return value;
    return value.map((entry: unknown) => (entry === null ? (typeof shape.list === "object" ? {} : "") : withoutNulls(entry, shape.list)));
  }
  if (!isRecord(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, withoutNulls(entry, shape.fields[key] ?? "any")]));
}

function startsWith(path: IssuePath, prefix: IssuePath): boolean {
  return prefix.length <= path.length && prefix.every((step, index) => step === path[index]);
}

/** A copy without what stands at a path; in a list an empty text, which has no fields, keeps the places of what follows. */
function without(value: unknown, [step, ...rest]: IssuePath): unknown {
  if (step === undefined) return undefined;
  if (Array.isArray(value)) return value.map((entry: unknown, index) => (index === step ? (without(entry, rest) ?? "") : entry));
  if (!isRecord(value)) return value;
  const { [step]: entry, ...others } = value;
  const left = without(entry, rest);
  return left === undefined ? others : { ...others, [step]: left };
}

/** A field path as the API server writes it: `spec.metrics[0].type`. */
export function fieldName(path: IssuePath): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}

type Leaf = Exclude<Shape, "any" | object>;

const LEAF_TEXT: { readonly [leaf in Leaf]: string } = {
  string: "a string",
  boolean: "true or false",
  int32: "a whole number (32 bits)",
  quantity: "a quantity such as 10, 500m or 80Gi",
  strings: "a map of strings",
};

const INT32_LIMIT = 2_147_483_648;

function isLeaf(value: unknown, leaf: Leaf): boolean {
  switch (leaf) {
    case "string":
      return typeof value === "string";
    case "boolean":
      return typeof value === "boolean";
    case "int32":
      return typeof value === "number" && Number.isInteger(value) && value >= -INT32_LIMIT && value < INT32_LIMIT;
    case "quantity":
      return (typeof value === "string" || typeof value === "number") && parseQuantity(String(value).trim()) !== undefined;
    case "strings":
      return false;
  }
}

function checkFields(value: unknown, fields: { readonly [name: string]: Shape }, path: IssuePath, report: Report): void {
  if (!isRecord(value)) {
    report({ code: "manifest_field_type", path, data: { field: fieldName(path), expected: "an object", actual: describe(value) } });
    return;
  }
  for (const [name, entry] of Object.entries(value)) {
    const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (shape !== undefined) {
      checkShape(entry, shape, [...path, name], report);
      continue;
    }
    const near = nearest(name, Object.keys(fields));
    const data = { field: fieldName([...path, name]), ...(near === undefined ? {} : { near }) };
    report({ code: "manifest_unknown_field", severity: "warning", path: [...path, name], data });
  }
}

function describe(value: unknown): string {
  if (Array.isArray(value)) return "a list";
  if (isRecord(value)) return "an object";
  return JSON.stringify(value) ?? String(value);
}
