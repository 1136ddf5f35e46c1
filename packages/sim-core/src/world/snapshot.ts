/**
 * A deep copy of plain data: numbers, strings, booleans, null, undefined, arrays, plain objects and typed arrays.
 * (`structuredClone` is not part of the language, only of most of its hosts.)
 */
export function copyOf<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (ArrayBuffer.isView(value)) return (value as unknown as Float64Array).slice() as unknown as T;
  if (Array.isArray(value)) return value.map(copyOf) as unknown as T;
  return Object.fromEntries(Object.entries(value).map(([key, entry]) => [key, copyOf(entry)])) as T;
}
