import { nearest } from "../parse.ts";
import type { Report } from "./shape.ts";

/** A number a scenario entry may set beside the manifest. */
export interface NumberOption {
  readonly defaultValue: number;
  readonly minimum: number;
  /** The minimum itself is refused. */
  readonly exclusive?: boolean;
}

/** Keys every entry of these policies may have; others read them. */
const COMMON_KEYS: readonly string[] = ["kind", "name", "deployment", "manifest", "spec", "kubernetes"];

/**
 * Reads the numeric options of a policy's scenario entry, with defaults; reports unknown keys and bad values.
 *
 * @param raw - the scenario's entry
 * @param others - keys that something else reads
 */
export function readOptions<Name extends string>(
  raw: { readonly [key: string]: unknown },
  options: { readonly [name in Name]: NumberOption },
  report: Report,
  others: readonly string[] = [],
): { readonly [name in Name]: number } {
  const known = [...COMMON_KEYS, ...others, ...Object.keys(options)];
  for (const key of Object.keys(raw)) {
    if (known.includes(key)) continue;
    const near = nearest(key, known);
    report({ code: "policy_unknown_option", path: [key], data: { option: key, ...(near === undefined ? {} : { near }) } });
  }
  const entries = Object.entries<NumberOption>(options).map(([name, option]) => [name, readNumber(raw, name, option, report)] as const);
  return Object.fromEntries(entries) as { [name in Name]: number };
}

function readNumber(raw: { readonly [key: string]: unknown }, name: string, option: NumberOption, report: Report): number {
  const value = raw[name] ?? option.defaultValue;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    report({ code: "policy_option_type", path: [name], data: { option: name, expected: "a number" } });
    return option.defaultValue;
  }
  if (value < option.minimum || (option.exclusive === true && value === option.minimum)) {
    const data = { option: name, minimum: option.minimum, exclusive: option.exclusive ?? false, actual: value };
    report({ code: "policy_option_range", path: [name], data });
    return option.defaultValue;
  }
  return value;
}
