import { type Issue, type IssuePath, parseDuration } from "@replicast/sim-core";

/** What a text may stand for, within bounds; durations in seconds. */
export interface Setting {
  readonly kind: "number" | "whole" | "duration" | "boolean";
  readonly minimum?: number;
  readonly maximum?: number;
  /** The minimum itself is refused. */
  readonly exclusive?: true;
  /** A value outside of the bounds that is allowed all the same. */
  readonly or?: number;
  readonly wholeSeconds?: true;
}

const EXPECTED: Readonly<Record<Setting["kind"], string>> = {
  number: "a number",
  whole: "a whole number",
  duration: "a duration such as 60s",
  boolean: "true or false",
};

/**
 * Reads settings that a config map or annotations hold as text.
 *
 * @returns what could be read; issues `unknown_key`, `bad_format`, `out_of_range` go to `add`
 */
export function readSettings<Key extends string>(
  texts: Readonly<Record<string, string>>,
  settings: Readonly<Record<Key, Setting>>,
  path: IssuePath,
  add: (issue: Issue) => void,
): { readonly [key in Key]?: number } {
  const values: { [key in Key]?: number } = {};
  for (const key of Object.keys(settings) as Key[]) {
    const text = texts[key];
    if (text === undefined) continue;
    const value = readSetting(text, settings[key], [...path, key], add);
    if (value !== undefined) values[key] = value;
  }
  return values;
}

function readSetting(text: string, setting: Setting, path: IssuePath, add: (issue: Issue) => void): number | undefined {
  const value = numberOf(text.trim(), setting);
  if (value === undefined) {
    const expected = setting.wholeSeconds === true ? "whole seconds such as 60s" : EXPECTED[setting.kind];
    add({ code: "bad_format", path, data: { expected, actual: text } });
    return undefined;
  }
  const { minimum, maximum, exclusive = false, or } = setting;
  const isBelow = minimum !== undefined && (value < minimum || (exclusive && value === minimum));
  if (value !== or && (isBelow || (maximum !== undefined && value > maximum))) {
    const bounds = { ...(minimum === undefined ? {} : { minimum }), ...(maximum === undefined ? {} : { maximum }) };
    add({ code: "out_of_range", path, data: { ...bounds, inclusive: !exclusive, actual: value } });
    return undefined;
  }
  return value;
}

/** Booleans as 1 and 0. */
function numberOf(text: string, { kind, wholeSeconds }: Setting): number | undefined {
  if (kind === "boolean") return text === "true" ? 1 : text === "false" ? 0 : undefined;
  if (kind === "duration") {
    const seconds = text === "0" ? 0 : parseDuration(text);
    return seconds === undefined || (wholeSeconds === true && !Number.isInteger(seconds)) ? undefined : seconds;
  }
  const value = /^[-+]?(\d+\.?\d*|\.\d+)(e[-+]?\d+)?$/i.test(text) ? Number(text) : undefined;
  return value !== undefined && kind === "whole" && !Number.isInteger(value) ? undefined : value;
}
