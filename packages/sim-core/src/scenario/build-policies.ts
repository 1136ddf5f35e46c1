import type { ClusterConfig } from "../cluster/config.ts";
import { expectedColdStartSeconds } from "../cluster/durations.ts";
import type { IssuePath, Json } from "../errors.ts";
import type { ParseResult, PolicyDeployment } from "../scaling/policy.ts";
import type { ModelRouteConfig } from "../serving/models/config.ts";
import { deploymentOf, type Findings } from "./build-issues.ts";
import { buildPolicyModels } from "./build-models.ts";
import type { PlanController, PlanDeployment, PlanPolicy } from "./plan.ts";
import type { ControllerSpec, PolicySpec, ScenarioSpec } from "./spec.ts";

/** What the series of a deployment are labelled with. */
export interface DeploymentLabels {
  readonly deployment: string;
  readonly namespace: string;
  /** Exported as `model_name`, or as `model` by a server of whole-request batches. */
  readonly model: string;
  /** Its pods export the metrics of such a server, too. */
  readonly isBatchServer?: true;
}

/**
 * Finds a policy's code by its `kind` and lets it read its entry; unknown kinds are issues with the path `["kind"]`.
 * @param exporters all deployments of the scenario: whose series the policy may query
 */
export type ParsePolicy = (
  kind: string,
  raw: Json,
  deployment: PolicyDeployment,
  exporters: readonly DeploymentLabels[],
) => ParseResult<Json>;

interface Entry {
  readonly deployment: string;
  readonly kind: string;
  readonly raw: Json;
  readonly path: IssuePath;
}

/** Lets every policy read its configuration; findings inside an entry get the entry's path. */
export function buildPolicies(
  spec: ScenarioSpec,
  cluster: ClusterConfig,
  deployments: readonly PlanDeployment[],
  models: readonly ModelRouteConfig[],
  parsePolicy: ParsePolicy,
  findings: Findings,
): readonly PlanPolicy[] {
  findings.uniqueNames(
    ["policies"],
    spec.policies.map(({ name }) => name),
  );
  const views = new Map(deployments.map((deployment) => [deployment.name, viewOf(deployment, cluster)]));
  const exporters = deploymentLabels(deployments, cluster);
  return spec.policies.map((policy, index) => ({
    name: policy.name,
    ...ownModels(buildPolicyModels(policy.models, models, ["policies", index, "models"], spec, findings)),
    controllers: entriesOf(policy, ["policies", index], [...views.keys()], findings).flatMap(
      ({ deployment, kind, raw, path }): readonly PlanController[] => {
        const view = views.get(deployment);
        if (view === undefined) return [];
        const parsed = parsePolicy(kind, raw, view, exporters);
        findings.add(parsed.ok ? (parsed.warnings ?? []) : parsed.issues, path);
        return parsed.ok ? [{ deployment, kind, config: parsed.config }] : [];
      },
    ),
  }));
}

function ownModels(models: readonly ModelRouteConfig[] | undefined): Pick<PlanPolicy, "models"> {
  return models === undefined ? {} : { models };
}

/** Labels of each deployment's series, in the order of the plan. */
export function deploymentLabels(deployments: readonly PlanDeployment[], cluster: ClusterConfig): readonly DeploymentLabels[] {
  return deployments.map(({ name, serving }) => ({
    deployment: name,
    namespace: cluster.deployments.find((candidate) => candidate.name === name)?.namespace ?? "default",
    model: serving.model.name,
    ...(serving.engine.batching?.kind === "dynamic" ? { isBatchServer: true as const } : {}),
  }));
}

function viewOf({ name, serving }: PlanDeployment, cluster: ClusterConfig): PolicyDeployment {
  const deployment = cluster.deployments.find((candidate) => candidate.name === name);
  return {
    name,
    namespace: deployment?.namespace ?? "default",
    replicas: deployment?.replicas ?? 0,
    coldStartSeconds: expectedColdStartSeconds(cluster, name),
    maxSequences: serving.engine.maxSequences,
  };
}

function entriesOf(policy: PolicySpec, path: IssuePath, names: readonly string[], findings: Findings): readonly Entry[] {
  const isCode = policy["module"] !== undefined || policy["process"] !== undefined;
  if ((policy.kind === undefined && !isCode) === (policy.deployments === undefined)) {
    findings.error("kind_or_deployments", path, { name: policy.name });
    return [];
  }
  if (policy.deployments === undefined) {
    const { models: _, ...controller } = policy;
    const deployment = deploymentOf(policy.deployment, path, names, findings);
    return entryOf(controller, deployment, path, findings);
  }
  return Object.entries(policy.deployments).flatMap(([deployment, controller]) => {
    const here = [...path, "deployments", deployment];
    if (!names.includes(deployment)) findings.unknownName("unknown_deployment", here, deployment, names);
    return entryOf(controller, deployment, here, findings);
  });
}

/** Whoever loads the scenario gives code of one's own a `kind`; one that comes without has nothing to decide with. */
function entryOf(raw: ControllerSpec, deployment: string, path: IssuePath, findings: Findings): readonly Entry[] {
  const { kind } = raw;
  if (kind !== undefined) return [{ deployment, kind, raw: raw as Json, path }];
  findings.error("controller_without_kind", path, { deployment });
  return [];
}
