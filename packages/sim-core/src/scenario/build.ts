import type { ZoneTransitions } from "../domain/zone.ts";
import type { Issue } from "../errors.ts";
import { buildCluster } from "./build-cluster.ts";
import { trafficAt, withPairs } from "./build-disaggregation.ts";
import { buildFaults } from "./build-faults.ts";
import { withFlows } from "./build-gateway.ts";
import { Findings } from "./build-issues.ts";
import type { LatencySources } from "./build-kernel-table.ts";
import { buildModels, buildQuality } from "./build-models.ts";
import { buildPolicies, type ParsePolicy } from "./build-policies.ts";
import { buildSlo, buildThresholds } from "./build-score.ts";
import { buildServing } from "./build-serving.ts";
import { buildTraffic, warnOfLongRequests } from "./build-traffic.ts";
import { buildUpdates } from "./build-updates.ts";
import { DEFAULTS } from "./defaults.ts";
import { canonicalJson, fnv1a64 } from "./hash.ts";
import type { Plan } from "./plan.ts";
import type { ScenarioSpec } from "./spec.ts";

/** What a plan needs beyond its file: things that only a caller can know. */
export interface BuildContext extends LatencySources {
  /** Start of the run, seconds since 1970-01-01 UTC. */
  readonly startEpochSeconds: number;
  /** Offsets of an IANA zone over the run; undefined for an unknown zone. */
  readonly zone: (timeZone: string) => ZoneTransitions | undefined;
  readonly parsePolicy: ParsePolicy;
  /** What was taken from elsewhere than the scenario, in words; leads the plan's assumptions. */
  readonly assumptions?: readonly string[];
}

export type BuildResult =
  | { readonly ok: true; readonly plan: Plan; readonly warnings: readonly Issue[] }
  | { readonly ok: false; readonly issues: readonly Issue[] };

/**
 * Makes a plan of a scenario: completes what was left out, checks what only shows between entries, freezes and hashes it.
 * Issues carry paths into the scenario file.
 */
export function buildPlan(spec: ScenarioSpec, context: BuildContext): BuildResult {
  const findings = new Findings();
  for (const text of context.assumptions ?? []) findings.assume(text);
  const timeZone = spec.timeZone ?? DEFAULTS.scenario.timeZone;
  const prefillPools = new Set(spec.deployments.flatMap(({ disaggregation }) => disaggregation?.prefill ?? []));
  const served = spec.deployments.map((deployment, index) => buildServing(deployment, index, findings, { ...context, prefillPools }));
  const asServed = spec.deployments.map(({ name }, index) => ({ name, serving: (served[index] as (typeof served)[number]).serving }));
  for (const name of Object.keys(context.latencyModels ?? {}))
    if (!asServed.some((deployment) => deployment.name === name))
      findings.unknownName(
        "unknown_deployment",
        [],
        name,
        asServed.map((deployment) => deployment.name),
      );
  const cluster = buildCluster(spec, served, { ...context, durationSeconds: spec.duration }, findings);
  const models = buildModels(spec, findings);
  const traffic = buildTraffic(spec, timeZone, asServed, models, findings);
  const deployments = withPairs(asServed, spec, findings).map((deployment, index) =>
    withFlows(
      { deployment, spec, index, models, traffic: trafficAt(deployment.name, traffic, { deployments: spec.deployments, models }) },
      findings,
    ),
  );
  warnOfLongRequests({ traffic, models, deployments }, findings);
  const zones = new Zones(context.zone);
  zones.require(timeZone);
  traffic.forEach((stream, index) => {
    if (stream.kind !== "generator" || !("rate" in stream.arrivals) || stream.arrivals.rate.kind !== "diurnal") return;
    const { timeZone: zone } = stream.arrivals.rate;
    if (zones.require(zone) === undefined && zone !== timeZone) {
      findings.error("unknown_time_zone", ["traffic", index, "arrivals", "rate", "timeZone"], { actual: zone });
    }
  });
  if (spec.timeZone !== undefined && zones.require(timeZone) === undefined)
    findings.error("unknown_time_zone", ["timeZone"], { actual: timeZone });
  const policies = buildPolicies(spec, cluster, deployments, models, context.parsePolicy, findings);
  const quality = buildQuality(spec, [...models, ...policies.flatMap((policy) => policy.models ?? [])], findings);

  const content: Omit<Plan, "hash"> = {
    name: spec.name,
    description: spec.description ?? "",
    startEpochSeconds: context.startEpochSeconds,
    timeZone,
    zones: zones.found,
    durationSeconds: spec.duration,
    seed: spec.seed ?? DEFAULTS.scenario.seed,
    traffic,
    ...(models.length === 0 ? {} : { models }),
    deployments,
    cluster,
    metrics: buildMetrics(spec, findings),
    faults: buildFaults(spec, traffic, findings),
    ...(spec.updates === undefined ? {} : { updates: buildUpdates(spec, cluster, findings) }),
    policies,
    slo: buildSlo(spec.slo, findings),
    ...(quality === undefined ? {} : { quality }),
    thresholds: buildThresholds(spec, findings),
    ...(spec.thresholds?.policy === undefined ? {} : { thresholdPolicy: spec.thresholds.policy }),
    derive: spec.derive ?? {},
    costs: spec.costs ?? {},
    assumptions: findings.assumptions,
  };
  if (findings.hasErrors) return { ok: false, issues: findings.issues };
  return { ok: true, plan: freezeDeep({ ...content, hash: fnv1a64(canonicalJson(content)) }), warnings: findings.issues };
}

function buildMetrics(spec: ScenarioSpec, findings: Findings): Plan["metrics"] {
  const { metrics } = DEFAULTS;
  // Of the rules in an adapter's own configuration the last of a name counts, as there.
  const offered = (spec.metrics?.adapter ?? []).filter(({ template }) => template === undefined).map(({ as }) => as);
  findings.uniqueNames(["metrics", "adapter"], offered, "as");
  const cpuUtilization = spec.metrics?.cpuUtilization ?? metrics.cpuUtilization;
  const memoryUtilization = spec.metrics?.memoryUtilization ?? metrics.memoryUtilization;
  findings.assume(`Container CPU and memory use are not modelled: ${cpuUtilization} and ${memoryUtilization} of the requests.`);
  return {
    scrapeIntervalSeconds: spec.metrics?.scrapeInterval ?? metrics.scrapeInterval,
    ...(spec.metrics?.scrapeOffset === undefined ? {} : { scrapeOffset: spec.metrics.scrapeOffset }),
    adapter: spec.metrics?.adapter ?? [],
    cpuUtilization,
    memoryUtilization,
  };
}

/** Zones the plan names, each once, in order of first use. */
class Zones {
  readonly found: ZoneTransitions[] = [];
  readonly #lookUp: BuildContext["zone"];
  constructor(lookUp: BuildContext["zone"]) {
    this.#lookUp = lookUp;
  }

  require(timeZone: string): ZoneTransitions | undefined {
    const known = this.found.find((zone) => zone.timeZone === timeZone);
    if (known !== undefined) return known;
    const zone = this.#lookUp(timeZone);
    if (zone !== undefined) this.found.push(zone);
    return zone;
  }
}

function freezeDeep<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  for (const member of Object.values(value)) freezeDeep(member);
  return Object.freeze(value);
}
