import { applyOverrides, InputError, type Issue } from "@replicast/sim-core";
import { nearestNames } from "@replicast/sim-core/score";
import { type Document, parseAllDocuments, parse as parseYaml } from "yaml";
import { pathBeside, type ScenarioFiles } from "../files.ts";
import type { Axis } from "./axis.ts";

/** An axis with the file its field lies in, as the scenario names it; none: the scenario itself. */
export interface BoundAxis extends Axis {
  readonly file?: string;
}

/** A value for a field of a manifest. */
interface ManifestValue {
  readonly axis: BoundAxis;
  readonly text: string;
}

const FILE_NAME = /\.(ya?ml|json)$/i;
const KIND_FIRST = /^([A-Z][A-Za-z]*)\.(.+)$/s;

/**
 * Finds the file that each axis means.
 *
 * @param scenarioText the scenario file, which is sound
 * @throws InputError `vary_unknown_file`, `vary_several_files`
 */
export function bindAxes(axes: readonly Axis[], scenarioText: string): readonly BoundAxis[] {
  if (axes.every(({ target }) => target === undefined)) return axes;
  const scenario: unknown = parseYaml(scenarioText);
  const issues: Issue[] = [];
  const bound = axes.map((axis): BoundAxis => {
    if (axis.target === undefined) return axis;
    const found = fileOf(axis.target, scenario);
    if (typeof found === "string") return { ...axis, file: found };
    issues.push(found);
    return axis;
  });
  if (issues.length > 0) throw new InputError(issues);
  return bound;
}

function fileOf(target: string, scenario: unknown): string | Issue {
  const files = [...new Set(fileNames(scenario))];
  if (files.includes(target)) return target;
  const policies = policiesOf(scenario);
  const own = policies.filter(({ name }) => name === target).flatMap(({ files: named }) => named);
  const [file] = own;
  if (file !== undefined && own.length === 1) return file;
  if (file !== undefined) return { code: "vary_several_files", path: [], data: { actual: target, files: own } };
  const known = [...files, ...policies.filter((policy) => policy.files.length === 1).map(({ name }) => name)];
  return { code: "vary_unknown_file", path: [], data: { actual: target, known, nearest: nearestNames(target, known) } };
}

function policiesOf(scenario: unknown): readonly { readonly name: string; readonly files: readonly string[] }[] {
  const policies: unknown = isObject(scenario) ? scenario["policies"] : undefined;
  if (!Array.isArray(policies)) return [];
  return policies.filter(isObject).map((policy) => ({ name: String(policy["name"]), files: [...new Set(fileNames(policy))] }));
}

function fileNames(value: unknown): readonly string[] {
  if (typeof value === "string") return FILE_NAME.test(value) ? [value] : [];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(fileNames) : [];
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * The same files, with values set in manifests.
 *
 * @param scenario file whose neighbours they are
 * @throws InputError `vary_which_document`, `vary_file_unreadable`, and as `--set`
 */
export async function withManifestValues(files: ScenarioFiles, scenario: string, values: readonly ManifestValue[]): Promise<ScenarioFiles> {
  const texts = new Map<string, string>();
  for (const file of new Set(values.map(({ axis }) => axis.file as string))) {
    // only axes with a file come here
    const path = pathBeside(scenario, file);
    const text = await files.read(path);
    // A file that is missing is told where the scenario names it.
    if (text === undefined) continue;
    texts.set(
      path,
      setValues(
        text,
        values.filter(({ axis }) => axis.file === file),
      ),
    );
  }
  return { openTrace: (path) => files.openTrace(path), read: async (path) => texts.get(path) ?? files.read(path) };
}

/** The manifest with the values set. It comes back as JSON, which is YAML too: comments matter to nobody here. */
function setValues(text: string, changes: readonly ManifestValue[]): string {
  const documents = parseAllDocuments(text, { prettyErrors: false }) as readonly Document[];
  const file = changes[0]?.axis.file ?? "";
  const fault = documents.flatMap(({ errors }) => errors)[0];
  if (fault !== undefined) throw new InputError([{ code: "vary_file_unreadable", path: [], data: { file, reason: fault.message } }]);
  const filled = documents.filter(({ contents }) => contents !== null);
  for (const { axis, text: value } of changes) {
    const { document, path } = documentOf(filled, axis);
    const { issues } = applyOverrides(document, [`${path}=${value}`]);
    if (issues.length > 0) throw new InputError(issues.map((issue) => ({ ...issue, file: `--vary ${axis.name}=${value}` })));
  }
  return filled.map((document) => JSON.stringify(document.toJS())).join("\n---\n");
}

/** The document a path means: the only one, or the one of the kind that the path begins with. */
function documentOf(documents: readonly Document[], { file, path }: BoundAxis): { readonly document: Document; readonly path: string } {
  const kindOf = (document: Document): string => String(document.get("kind"));
  const [, kind, rest] = KIND_FIRST.exec(path) ?? [];
  const ofKind = kind === undefined ? [] : documents.filter((document) => kindOf(document) === kind);
  if (rest !== undefined && ofKind[0] !== undefined && ofKind.length === 1) return { document: ofKind[0], path: rest };
  if (documents[0] !== undefined && documents.length === 1) return { document: documents[0], path };
  throw new InputError([{ code: "vary_which_document", path: [], data: { file: file ?? "", kinds: documents.map(kindOf) } }]);
}
