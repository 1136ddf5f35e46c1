import type { ServingConfig } from "../serving/config.ts";
import type { ModelRouteConfig } from "../serving/models/config.ts";
import type { Destination } from "../traffic/config.ts";
import type { Plan } from "./plan.ts";

interface Named extends Pick<Plan, "models"> {
  readonly deployments: readonly { readonly name: string; readonly serving?: Pick<ServingConfig, "disaggregation"> }[];
}

/**
 * Every model that requests may name: the plan's own, and each deployment under its own name where no model has that. A deployment
 * that only computes prompts for another answers nobody.
 */
export function modelRoutes({ models = [], deployments }: Named): readonly ModelRouteConfig[] {
  const helpers = new Set(deployments.map(({ serving }) => serving?.disaggregation?.prefillDeployment));
  const implied = deployments.filter(({ name }, index) => !helpers.has(index) && !models.some((model) => model.name === name));
  return [...models, ...implied.map(({ name }) => directRoute(name))];
}

/** Whether any model's answers are judged, so that a result tells of their quality. */
export function judgesAnswers({ models = [] }: Pick<Plan, "models">): boolean {
  return models.some(
    ({ rule, targets }) => rule === "complexity" || rule === "cascade" || targets.some(({ adequateUpTo }) => adequateUpTo !== undefined),
  );
}

function directRoute(deployment: string): ModelRouteConfig {
  const target = { deployment, weight: 1, promptTokensMax: Number.POSITIVE_INFINITY, inFlightPerReplicaMax: Number.POSITIVE_INFINITY };
  return { name: deployment, rule: "weights", isFallback: false, targets: [target] };
}

/** Deployments that some request of a stream may be sent to; a trace without models of its stream's choice may name any. */
export function deploymentsMet(plan: Named, { deployment, models }: Destination): readonly string[] {
  if (deployment !== undefined) return [deployment];
  const routes = modelRoutes(plan);
  const named = models === undefined ? routes : routes.filter(({ name }) => models.some(({ model }) => model === name));
  return [...new Set(named.flatMap(({ targets }) => targets.map(({ deployment }) => deployment)))];
}
