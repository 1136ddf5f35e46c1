export { type BuildContext, type BuildResult, buildPlan } from "./build.ts";
export { type DeploymentLabels, deploymentLabels, type ParsePolicy } from "./build-policies.ts";
export { DEFAULTS } from "./defaults.ts";
export { canonicalJson, fnv1a64 } from "./hash.ts";
export { deploymentsMet, modelRoutes } from "./model-routes.ts";
export { type ParsedScenario, type ParseScenarioResult, parseScenario, type SalvagedScenario } from "./parse.ts";
export { scenarioJsonSchema } from "./schema.ts";
export type { ScenarioSpec } from "./spec.ts";
