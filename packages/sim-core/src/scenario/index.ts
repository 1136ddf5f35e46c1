export { type BuildContext, type BuildResult, buildPlan } from "./build.ts";
export { type DeploymentLabels, deploymentLabels, type ParsePolicy } from "./build-policies.ts";
export { DEFAULTS } from "./defaults.ts";
export { canonicalJson, fnv1a64 } from "./hash.ts";
export { checkManifest, type ReadManifest } from "./manifests/apply.ts";
export { POLICY_KINDS as POLICY_MANIFEST_KINDS, WORKLOAD_KINDS as WORKLOAD_MANIFEST_KINDS } from "./manifests/surroundings.ts";
export { manifestsOf, type ParsedScenario, type ParseScenarioResult, parseScenario, type SalvagedScenario } from "./parse.ts";
export { scenarioJsonSchema } from "./schema.ts";
export type { ScenarioSpec } from "./spec.ts";
