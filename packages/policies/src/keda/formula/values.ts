/** A value while a formula runs; whole numbers are bigint, as they are another type than floats in that language. */
export type Value = bigint | number | string | boolean | null | readonly Value[] | ReadonlyMap<string, Value>;

/** What is known of a value before the formula runs. */
export type Type = "int" | "float" | "string" | "bool" | "nil" | "array" | "map" | "any";

export const isNumber = (value: Value): value is bigint | number => typeof value === "bigint" || typeof value === "number";
export const isMap = (value: Value): value is ReadonlyMap<string, Value> => value instanceof Map;
export const isArray = (value: Value): value is readonly Value[] => Array.isArray(value);

/** Go's name of a type, as messages show it. */
export function goType(type: Type): string {
  const names: Readonly<Record<Type, string>> = {
    int: "int",
    float: "float64",
    string: "string",
    bool: "bool",
    nil: "nil",
    array: "[]interface {}",
    map: "map[string]interface {}",
    any: "unknown",
  };
  return names[type];
}

export function typeOf(value: Value): Type {
  if (value === null) return "nil";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return "float";
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  return isArray(value) ? "array" : "map";
}

/** As Go prints it with %v. */
export function textOf(value: Value): string {
  if (value === null) return "<nil>";
  if (isArray(value)) return `[${value.map(textOf).join(" ")}]`;
  if (isMap(value)) return `map[${[...value].map(([key, each]) => `${key}:${textOf(each)}`).join(" ")}]`;
  return String(value);
}

/** Equal in value; a whole number equals the float of the same size. */
export function isEqual(left: Value, right: Value): boolean {
  if (isNumber(left) && isNumber(right)) return Number(left) === Number(right);
  if (isArray(left) && isArray(right)) return left.length === right.length && left.every((each, i) => isEqual(each, right[i] as Value));
  if (isMap(left) && isMap(right)) {
    return left.size === right.size && [...left].every(([key, each]) => right.has(key) && isEqual(each, right.get(key) as Value));
  }
  return left === right;
}
