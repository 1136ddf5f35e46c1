// A JSON schema as rows of a table: one for each field, with the way to it, what it takes and what it is for.
import { code } from "./markdown.mjs";

/** What each pattern of a quantity ends with. */
const QUANTITIES = [
  ["/\\s?(s|min", "rate"],
  ["iB)/s", "bandwidth"],
  ["%$", "share"],
  ["(w|d|h|min", "duration"],
  ["iB)$", "size"],
];

/** Rows `[path, type, required, description]` of an object schema, nested fields below their parents. */
export function schemaRows(schema, path = "") {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) =>
    fieldRows(field, path === "" ? name : `${path}.${name}`, (schema.required ?? []).includes(name)),
  );
}

function fieldRows(field, path, required) {
  const row = [code(path), typeOf(field), required ? "yes" : "", describe(field)];
  return [row, ...nestedRows(field, path)];
}

function nestedRows(field, path) {
  if (isDistribution(field)) return [];
  if (field.type === "array" && !Array.isArray(field.items)) return nestedRows(field.items, `${path}[]`);
  if (field.properties !== undefined) return schemaRows(withoutKind(field), path);
  const seen = new Set();
  return alternatives(field)
    .flatMap((one) => nestedRows(one, `${path}${kindOf(one)}`))
    .filter(([where, type]) => !seen.has(where + type) && seen.add(where + type));
}

/** `(kind: poisson)` behind the path of a variant. */
function kindOf({ properties }) {
  return properties?.kind?.const === undefined ? "" : `(${properties.kind.const})`;
}

/** The kind of a variant stands in its path. */
function withoutKind(field) {
  if (field.properties?.kind?.const === undefined) return field;
  const { kind: _, ...properties } = field.properties;
  return { ...field, properties };
}

function describe(field) {
  if (field.description !== undefined) return field.description;
  const kinds = alternatives(field).flatMap((one) => (one.properties?.kind?.const === undefined ? [] : [one]));
  return kinds.map((one) => `${code(one.properties.kind.const)}: ${one.properties.kind.description ?? ""}`).join(" ");
}

function typeOf(field) {
  if (field.const !== undefined) return code(JSON.stringify(field.const));
  if (field.enum !== undefined)
    return field.enum.length > 8 ? `one of ${field.enum.length} names` : field.enum.map((value) => code(value)).join(", ");
  if (isDistribution(field)) return `${typeOf(alternatives(field)[0])} or distribution`;
  if (field.pattern !== undefined) {
    const quantity = QUANTITIES.find(([mark]) => field.pattern.includes(mark))?.[1];
    if (quantity !== undefined) return field.pattern.includes("never") ? `${quantity} or ${code("never")}` : quantity;
  }
  if (field.type === "array")
    return Array.isArray(field.items) ? `[${field.items.map(typeOf).join(", ")}]` : `list of ${typeOf(field.items)}`;
  const options = alternatives(field);
  if (options.length > 0) return [...new Set(options.map(typeOf))].join(" or ");
  if (field.type === "object") return kindOf(field) === "" ? "object" : `object ${code(`kind: ${field.properties.kind.const}`)}`;
  return { string: "text", integer: "whole number", number: "number", boolean: "true or false" }[field.type] ?? "";
}

function alternatives(field) {
  return field.anyOf ?? field.oneOf ?? [];
}

/** A leaf or one of the ways to spread it, which the page explains once. */
function isDistribution(field) {
  return alternatives(field).some((one) => one.properties?.median !== undefined && one.properties?.sigma !== undefined);
}
