import { InputError, type Issue } from "@replicast/sim-core";
import { type AxisValues, parseValues } from "./values.ts";

/** One field that a sweep varies. */
export interface Axis {
  /** As the user wrote it: what stands before the equals sign. */
  readonly name: string;
  /** What the field lies in: a file the scenario names, or a policy with one manifest. Absent: the scenario itself. */
  readonly target?: string;
  /** Path of the field within it, as `--set` takes it. */
  readonly path: string;
  readonly values: AxisValues;
}

/** All before the first equals sign that stands in no quotes. */
const WRITTEN = /^((?:\[(?:"[^"]*"|'[^']*')\]|[^=])+)=(.*)$/s;
/** A file or policy before `#`, as in `hpa.yaml#spec.maxReplicas`. */
const IN_FILE = /^([^#[\]]+)#(.+)$/s;

/**
 * Reads what `--vary` says: `PATH=VALUES`, `FILE#PATH=VALUES` or `POLICY#PATH=VALUES`.
 * @throws InputError `bad_vary`, `vary_twice`
 */
export function parseAxes(texts: readonly string[]): readonly Axis[] {
  const issues: Issue[] = [];
  const axes: Axis[] = [];
  for (const text of texts) {
    const axis = parseAxis(text);
    if (typeof axis === "string") issues.push({ code: "bad_vary", path: [], data: { actual: text, reason: axis } });
    else if (axes.some(({ name }) => name === axis.name)) issues.push({ code: "vary_twice", path: [], data: { actual: axis.name } });
    else axes.push(axis);
  }
  if (issues.length > 0) throw new InputError(issues);
  return axes;
}

function parseAxis(text: string): Axis | string {
  const [, written, valueText] = WRITTEN.exec(text) ?? [];
  if (written === undefined || valueText === undefined) return "there is no equals sign";
  const name = written.trim();
  if (name === "") return "there is no path";
  const values = parseValues(valueText);
  if (typeof values === "string") return values;
  const [, target, path] = IN_FILE.exec(name) ?? [];
  return target === undefined || path === undefined ? { name, path: name, values } : { name, target, path, values };
}
