import type { Issue, IssuePath, Json } from "../../errors.ts";
import { nearestNames } from "../../score/nearest.ts";
import { parseQuantity } from "../../units/quantity.ts";
import type { ManifestObject } from "./documents.ts";
import { isRecord } from "./node.ts";

/** What a custom resource's schema accepts at a place. */
export type Shape =
  | {
      readonly is: "text";
      readonly pattern?: RegExp;
      readonly oneOf?: readonly string[];
      readonly longest?: number;
      readonly shortest?: number;
    }
  | { readonly is: "whole"; readonly minimum?: number; readonly maximum?: number }
  | { readonly is: "flag" }
  /** Text or number, read by the caller. */
  | { readonly is: "quantity" }
  | { readonly is: "map"; readonly of: Shape }
  | { readonly is: "list"; readonly of: Shape; readonly most?: number }
  | { readonly is: "object"; readonly fields: { readonly [name: string]: Shape }; readonly required?: readonly string[] }
  | { readonly is: "any" };

/** What is wrong with an object, in the words of the API server, each with its place. */
export class ObjectErrors {
  readonly issues: Issue[] = [];
  readonly #object: ManifestObject;

  constructor(object: ManifestObject) {
    this.#object = object;
  }

  /** @param detail as the API server writes it after the field's path */
  add(path: IssuePath, detail: string): void {
    this.#push("object_field_invalid", path, { field: fieldName(path), detail });
  }

  required(path: IssuePath, detail = ""): void {
    this.add(path, detail === "" ? "Required value" : `Required value: ${detail}`);
  }

  invalid(path: IssuePath, value: Json, detail: string): void {
    this.add(path, `Invalid value: ${JSON.stringify(value)}: ${detail}`);
  }

  notSupported(path: IssuePath, value: string, supported: readonly string[]): void {
    this.add(path, `Unsupported value: ${JSON.stringify(value)}: supported values: ${supported.map((each) => `"${each}"`).join(", ")}`);
  }

  /** The server drops such a field, kubectl refuses it. */
  unknown(path: IssuePath, known: readonly string[]): void {
    const actual = String(path.at(-1));
    const data = { field: fieldName(path), kind: this.#object.kind, actual, known, nearest: nearestNames(actual, known) };
    this.#push("object_field_unknown", path, data, "warning");
  }

  get isClean(): boolean {
    return this.issues.every(({ severity }) => severity === "warning");
  }

  #push(code: string, path: IssuePath, data: { readonly [key: string]: Json }, severity?: "warning"): void {
    this.issues.push({ code, ...(severity === undefined ? {} : { severity }), path: [], ...this.#object.locate(path), data });
  }
}

/** A field path as the API server writes it: `spec.disruption.budgets[0].nodes`. */
export function fieldName(path: IssuePath): string {
  return path.map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`)).join("");
}

/** Checks what stands at a path; null counts as absent. @see apiextensions-apiserver structural schemas, kube-openapi validation */
export function checkShape(value: unknown, shape: Shape, path: IssuePath, errors: ObjectErrors): void {
  if (value === null || value === undefined || shape.is === "any") return;
  switch (shape.is) {
    case "text":
      checkText(value, shape, path, errors);
      break;
    case "whole":
      checkWhole(value, shape, path, errors);
      break;
    case "flag":
      if (typeof value !== "boolean") wrongType(value, "boolean", path, errors);
      break;
    case "quantity":
      checkQuantity(value, path, errors);
      break;
    case "map":
      if (!isRecord(value)) wrongType(value, "object", path, errors);
      else for (const [key, entry] of Object.entries(value)) checkShape(entry, shape.of, [...path, key], errors);
      break;
    case "list":
      checkList(value, shape, path, errors);
      break;
    default:
      checkObject(value, shape, path, errors);
  }
}

function checkText(value: unknown, shape: Shape & { readonly is: "text" }, path: IssuePath, errors: ObjectErrors): void {
  if (typeof value !== "string") {
    wrongType(value, "string", path, errors);
    return;
  }
  const { pattern, oneOf, longest, shortest } = shape;
  const field = fieldName(path);
  if (oneOf !== undefined && !oneOf.includes(value)) errors.notSupported(path, value, oneOf);
  if (pattern !== undefined && !pattern.test(value))
    errors.invalid(path, value, `${field} in body should match '${pattern.source.replaceAll("\\/", "/")}'`);
  if (longest !== undefined && value.length > longest) errors.add(path, `Too long: may not be more than ${longest} bytes`);
  if (shortest !== undefined && value.length < shortest)
    errors.invalid(path, value, `${field} in body should be at least ${shortest} chars long`);
}

function checkWhole(value: unknown, { minimum, maximum }: Shape & { readonly is: "whole" }, path: IssuePath, errors: ObjectErrors): void {
  if (typeof value !== "number" || !Number.isInteger(value)) {
    wrongType(value, "integer", path, errors);
    return;
  }
  const field = fieldName(path);
  if (minimum !== undefined && value < minimum)
    errors.invalid(path, value, `${field} in body should be greater than or equal to ${minimum}`);
  if (maximum !== undefined && value > maximum) errors.invalid(path, value, `${field} in body should be less than or equal to ${maximum}`);
}

function checkQuantity(value: unknown, path: IssuePath, errors: ObjectErrors): void {
  if (typeof value === "number" && Number.isInteger(value)) return;
  if (typeof value === "string" && parseQuantity(value) !== undefined) return;
  if (typeof value === "string")
    errors.invalid(path, value, "quantities must match the regular expression of resource quantities, as 64, 500m or 80Gi");
  else wrongType(value, "integer or string", path, errors);
}

function checkList(value: unknown, { of, most }: Shape & { readonly is: "list" }, path: IssuePath, errors: ObjectErrors): void {
  if (!Array.isArray(value)) {
    wrongType(value, "array", path, errors);
    return;
  }
  if (most !== undefined && value.length > most) errors.add(path, `Too many: ${value.length}: must have at most ${most} items`);
  for (const [index, entry] of value.entries()) checkShape(entry, of, [...path, index], errors);
}

function checkObject(
  value: unknown,
  { fields, required = [] }: Shape & { readonly is: "object" },
  path: IssuePath,
  errors: ObjectErrors,
): void {
  if (!isRecord(value)) {
    wrongType(value, "object", path, errors);
    return;
  }
  for (const name of required) if (value[name] === undefined || value[name] === null) errors.required([...path, name]);
  for (const [name, entry] of Object.entries(value)) {
    const shape = Object.hasOwn(fields, name) ? fields[name] : undefined;
    if (shape === undefined) errors.unknown([...path, name], Object.keys(fields));
    else checkShape(entry, shape, [...path, name], errors);
  }
}

function wrongType(value: unknown, expected: string, path: IssuePath, errors: ObjectErrors): void {
  const actual =
    typeof value === "number" ? (Number.isInteger(value) ? "integer" : "number") : Array.isArray(value) ? "array" : typeof value;
  errors.invalid(path, actual, `${fieldName(path)} in body must be of type ${expected}: "${actual}"`);
}
