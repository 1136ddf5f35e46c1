import { builtinPolicies } from "@replicast/policies";
import { type AnyPolicy, type LoadedScenario, type LoadOptions, load, scenarioPath } from "replicast";
import { createFiles } from "./files.ts";
import type { Io } from "./io.ts";
import { loadPolicies } from "./load-policy.ts";
import { createScenarioCode } from "./process/scenario-code.ts";
import type { ScenarioOptions } from "./scenario-options.ts";

/**
 * Loads the scenario a command names: a folder with a `scenario.yaml`, or the file itself.
 * @throws InputError with every issue of scenario, manifests, traces and options
 */
export async function openScenario(path: string, options: ScenarioOptions, io: Io): Promise<LoadedScenario> {
  const { trace, seed, set } = options;
  return load(path, {
    ...(await loadOptions([path], options, io)),
    ...(trace === undefined ? {} : { trace }),
    ...(seed === undefined ? {} : { seed }),
    set,
  });
}

/**
 * Files and policies as the command sees them.
 * @param paths scenarios (files or their folders) and manifests that the command line names
 */
export async function loadOptions(
  paths: readonly string[],
  { plugin, allowOutside, allowCode, trace }: Pick<ScenarioOptions, "plugin" | "allowOutside" | "allowCode" | "trace">,
  io: Pick<Io, "workingFolder" | "env" | "atEnd">,
): Promise<Pick<LoadOptions, "files" | "policies" | "policyCode">> {
  const plugins: readonly AnyPolicy[] = await loadPolicies(plugin, io.workingFolder);
  const own = allowCode === true ? createScenarioCode(io.workingFolder) : undefined;
  if (own !== undefined) io.atEnd?.(own.close);
  return {
    files: createFiles({
      workingFolder: io.workingFolder,
      scenarios: paths.map(scenarioPath),
      traces: trace === undefined ? [] : [trace],
      dataFolder: io.env["REPLICAST_DATA"],
      allowOutside: allowOutside === true,
    }),
    policies: [...builtinPolicies, ...plugins],
    ...(own === undefined ? {} : { policyCode: own.code }),
  };
}
