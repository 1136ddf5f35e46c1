import type { FlowConfig, FlowControlConfig, GatewayConfig, PriorityBandConfig, RoutingConfig } from "../serving/config.ts";
import type { ModelRouteConfig } from "../serving/models/config.ts";
import { readsMetrics } from "../serving/routing/create-router.ts";
import type { TrafficConfig } from "../traffic/config.ts";
import type { Findings } from "./build-issues.ts";
import { DEFAULTS } from "./defaults.ts";
import { deploymentsMet } from "./model-routes.ts";
import type { PlanDeployment } from "./plan.ts";
import type { DeploymentSpec, FlowControlSpec, GatewaySpec, RoutingSpec, ScenarioSpec } from "./spec.ts";

const SHORTEST_STALENESS_SECONDS = 0.001;
/** Of requests that name no objective. @see Gateway API inference extension, InferenceObjective, default priority 0 */
const DEFAULT_PRIORITY = 0;

/** Completes a deployment's gateway; which streams flow control serves is added by {@link withFlows}. @param index of the deployment in the scenario */
export function buildGateway({ name, gateway = {} }: DeploymentSpec, index: number, findings: Findings): GatewayConfig {
  const defaults = DEFAULTS.gateway;
  const routing = buildRouting(gateway.routing ?? "leastRequests");
  const path = ["deployments", index, "gateway"];
  const base = {
    maxQueued: gateway.maxQueued ?? defaults.maxQueued,
    queueTimeoutSeconds: gateway.queueTimeout ?? defaults.queueTimeout,
    maxInFlightPerReplica: gateway.maxInFlightPerReplica ?? defaults.maxInFlightPerReplica,
    routing,
  };
  if (!readsMetrics(routing) && gateway.flowControl === undefined) {
    if (gateway.staleness !== undefined)
      findings.error("staleness_unused", [...path, "staleness"], { routing: typeof routing === "string" ? routing : routing.kind });
    return base;
  }
  const metricsRefreshSeconds = gateway.staleness ?? defaults.staleness;
  if (metricsRefreshSeconds > 0 && metricsRefreshSeconds < SHORTEST_STALENESS_SECONDS)
    findings.error("staleness_too_short", [...path, "staleness"], { actualSeconds: metricsRefreshSeconds });
  if (gateway.staleness === undefined)
    findings.assume(`${name}: the gateway decides by metrics of its endpoints that it reads every ${metricsRefreshSeconds} s.`);
  if (gateway.flowControl === undefined) return { ...base, metricsRefreshSeconds };
  checkLimits(gateway, path, findings);
  const flowControl = buildFlowControl(gateway.flowControl);
  if (metricsRefreshSeconds > flowControl.metricsMaxAgeSeconds) {
    const data = { stalenessSeconds: metricsRefreshSeconds, maxAgeSeconds: flowControl.metricsMaxAgeSeconds };
    findings.add([{ code: "metrics_always_old", severity: "warning", path: [...path, "staleness"], data }]);
  }
  return { ...base, metricsRefreshSeconds, flowControl };
}

function buildRouting(spec: RoutingSpec): RoutingConfig {
  const kind = typeof spec === "string" ? spec : spec.kind;
  const { prefixLoadFactor, scorers } = DEFAULTS.gateway;
  if (kind === "prefixAffinity") {
    const loadFactor = typeof spec === "object" && "loadFactor" in spec ? spec.loadFactor : undefined;
    return { kind, loadFactor: loadFactor ?? prefixLoadFactor };
  }
  if (kind === "inferenceGateway") {
    const weights = typeof spec === "object" && "weights" in spec ? spec.weights : undefined;
    return {
      kind,
      weights: {
        queue: weights?.queue ?? scorers.queue,
        kvCache: weights?.kvCache ?? scorers.kvCache,
        prefix: weights?.prefix ?? scorers.prefix,
      },
    };
  }
  return kind;
}

/** With flow control the plain queue's limits mean nothing: whoever writes them expects something. */
function checkLimits(gateway: GatewaySpec, path: readonly (string | number)[], findings: Findings): void {
  if (gateway.maxQueued !== undefined) findings.error("flow_control_has_limits", [...path, "maxQueued"], { instead: "maxQueued" });
  if (gateway.queueTimeout !== undefined) findings.error("flow_control_has_limits", [...path, "queueTimeout"], { instead: "ttl" });
}

function buildFlowControl(spec: FlowControlSpec): FlowControlConfig {
  const { flowControl } = DEFAULTS.gateway;
  const ttlSeconds = spec.ttl ?? flowControl.ttl;
  return {
    queueDepthThreshold: spec.queueDepthThreshold ?? flowControl.queueDepthThreshold,
    kvCacheThreshold: spec.kvCacheThreshold ?? flowControl.kvCacheThreshold,
    metricsMaxAgeSeconds: spec.metricsMaxAge ?? flowControl.metricsMaxAge,
    ttlSeconds,
    noEndpointTtlSeconds: spec.noEndpointTtl ?? ttlSeconds,
    fairness: spec.fairness ?? "globalStrict",
    bands: [],
  };
}

interface FlowSources {
  readonly deployment: PlanDeployment;
  readonly spec: ScenarioSpec;
  /** Of the deployment in the scenario. */
  readonly index: number;
  readonly models: readonly ModelRouteConfig[];
  readonly traffic: readonly TrafficConfig[];
}

/** Puts every stream of a deployment into a band of its flow control: the one that names it, else the one of priority 0. */
export function withFlows({ deployment, spec, index, models, traffic }: FlowSources, findings: Findings): PlanDeployment {
  const { gateway } = deployment.serving;
  const written = spec.deployments[index]?.gateway?.flowControl;
  if (gateway.flowControl === undefined || written === undefined) return deployment;
  const flows = traffic.flatMap((stream, position) =>
    deploymentsMet({ models, deployments: spec.deployments }, stream).includes(deployment.name)
      ? [{ name: stream.name, stream: position }]
      : [],
  );
  const bands = buildBands(written, flows, ["deployments", index, "gateway", "flowControl", "bands"], findings);
  return { ...deployment, serving: { ...deployment.serving, gateway: { ...gateway, flowControl: { ...gateway.flowControl, bands } } } };
}

function buildBands(
  { bands: written = [], maxQueued = DEFAULTS.gateway.flowControl.maxQueued }: FlowControlSpec,
  flows: readonly FlowConfig[],
  path: readonly (string | number)[],
  findings: Findings,
): readonly PriorityBandConfig[] {
  const known = flows.map(({ name }) => name);
  const taken = new Set<string>();
  const bands = written.map((band, position) => {
    if (written.findIndex(({ priority }) => priority === band.priority) < position)
      findings.error("duplicate_priority", [...path, position, "priority"], { actual: band.priority });
    band.streams.forEach((stream, entry) => {
      const at = [...path, position, "streams", entry];
      if (!known.includes(stream)) findings.unknownName("unknown_stream", at, stream, known);
      else if (taken.has(stream)) findings.error("stream_in_two_bands", at, { actual: stream });
      taken.add(stream);
    });
    return { ...band, maxQueued: band.maxQueued ?? maxQueued, flows: flows.filter(({ name }) => band.streams.includes(name)) };
  });
  const rest = flows.filter(({ name }) => !taken.has(name));
  const isDefault = ({ priority }: { readonly priority: number }): boolean => priority === DEFAULT_PRIORITY;
  const all = [
    ...bands.map((band) => ({ ...band, flows: isDefault(band) ? [...band.flows, ...rest] : band.flows })),
    ...(rest.length === 0 || bands.some(isDefault) ? [] : [{ priority: DEFAULT_PRIORITY, maxQueued, flows: rest }]),
  ];
  return all
    .map(({ priority, maxQueued: limit, flows: own }) => ({ priority, maxQueued: limit, flows: own }))
    .sort((a, b) => b.priority - a.priority);
}
