import type { IssuePath } from "../../errors.ts";

/** An object of a manifest, as read. */
export interface Node {
  readonly [key: string]: unknown;
}

/** True for a plain object, not for null or a list. */
export function isRecord(value: unknown): value is Node {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The value at a path; undefined where the path leads nowhere. */
export function valueAt(root: unknown, path: IssuePath): unknown {
  return path.reduce<unknown>((value, step) => {
    if (Array.isArray(value)) return value[Number(step)];
    return isRecord(value) ? value[String(step)] : undefined;
  }, root);
}

/** The object at a path; an empty one where there is none. */
export function nodeAt(root: unknown, path: IssuePath): Node {
  const value = valueAt(root, path);
  return isRecord(value) ? value : {};
}

/** The list at a path; an empty one where there is none. */
export function listAt(root: unknown, path: IssuePath): readonly unknown[] {
  const value = valueAt(root, path);
  return Array.isArray(value) ? value : [];
}

/** Text, or a number or boolean as YAML reads an unquoted one; undefined for anything else. */
export function textAt(root: unknown, path: IssuePath): string | undefined {
  const value = valueAt(root, path);
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : undefined;
}

/** A finite number, also where it was written in quotes; undefined for anything else. */
export function numberAt(root: unknown, path: IssuePath): number | undefined {
  const text = textAt(root, path);
  if (text === undefined || text.trim() === "") return undefined;
  const number = Number(text);
  return Number.isFinite(number) ? number : undefined;
}
