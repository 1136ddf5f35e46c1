import { InputError, type Issue, type ScenarioSpec } from "@replicast/sim-core";
import { readAdapterRules } from "./adapter-rules.ts";
import { pathBeside, type ScenarioFiles } from "./files.ts";

/**
 * A scenario with the rules of the adapter's configuration it names, ahead of its own, which count first. Issues of the configuration
 * carry its name and the path inside it.
 */
export async function addAdapterConfig(
  spec: ScenarioSpec,
  scenario: string,
  files: ScenarioFiles,
): Promise<{ readonly spec: ScenarioSpec; readonly issues: readonly Issue[] }> {
  const name = spec.metrics?.adapterConfig;
  if (name === undefined) return { spec, issues: [] };
  const path = ["metrics", "adapterConfig"];
  const file = pathBeside(scenario, name);
  try {
    const text = await files.read(file);
    if (text === undefined) return { spec, issues: [{ code: "adapter_file_missing", path, data: { file: name } }] };
    const { rules, issues } = readAdapterRules(text);
    const adapter = [...rules, ...(spec.metrics?.adapter ?? [])];
    return { spec: { ...spec, metrics: { ...spec.metrics, adapter } }, issues: issues.map((issue) => ({ ...issue, file })) };
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    return { spec, issues: error.issues.map((issue) => ({ ...issue, path })) };
  }
}
