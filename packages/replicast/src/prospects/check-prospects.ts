import {
  expectedColdStartSeconds,
  expectedEngineStartSeconds,
  type Issue,
  type IssuePath,
  type Json,
  type MetricRequest,
  type Plan,
  replicasThatFit,
  type ScenarioSpec,
} from "@replicast/sim-core";
import type { AnyPolicy } from "../load.ts";
import { placeInObject, placeOf } from "../request-places.ts";
import { checkGrace } from "./check-grace.ts";
import { checkSignals, checkTargets } from "./check-targets.ts";
import { checkRoom, checkTimes } from "./check-times.ts";
import { checkWindows } from "./check-windows.ts";
import type { ControllerProspect, DeploymentProspect } from "./setting.ts";

const CHECKS = [checkSignals, checkTargets, checkTimes, checkRoom, checkWindows];

/** What of a controller cannot work as it is configured. */
export function checkController(controller: ControllerProspect): readonly Issue[] {
  return CHECKS.flatMap((check) => check(controller));
}

/**
 * Warns of what a scenario is bound to meet, before a run: targets no metric reaches, waits shorter than a cold start, grace periods
 * shorter than an answer, more replicas than nodes. Only what follows from the plan alone is told.
 *
 * @param texts files by the names the scenario uses
 */
export function checkProspects(
  plan: Plan,
  spec: ScenarioSpec,
  texts: ReadonlyMap<string, string>,
  policies: readonly AnyPolicy[],
): readonly Issue[] {
  const issues = plan.policies.flatMap(({ controllers }, index) => {
    const written = spec.policies[index] as ScenarioSpec["policies"][number];
    return controllers.flatMap(({ deployment, kind, config }) => {
      const nested = written.deployments?.[deployment];
      const prefix: IssuePath = ["policies", index, ...(nested === undefined ? [] : ["deployments", deployment])];
      const raw = (nested ?? written) as Json;
      const requests: readonly MetricRequest[] = policies.find(({ id }) => id === kind)?.queries(config) ?? [];
      const found = checkController({
        kind,
        config,
        requests,
        adapter: plan.metrics.adapter,
        deployment: deploymentProspect(plan, deployment),
        placeOfRequest: (request) => placeOf(request, raw, texts),
        placeOfField: (path) => placeInObject(path, raw, texts, deployment),
      });
      return found.map((issue) => (issue.file === undefined ? { ...issue, path: [...prefix, ...issue.path] } : issue));
    });
  });
  return [...withoutRepeats(issues), ...checkGrace(plan, spec)];
}

/** Several policies may name one manifest. */
function withoutRepeats(issues: readonly Issue[]): readonly Issue[] {
  const texts = issues.map((issue) => JSON.stringify(issue));
  return issues.filter((_, index) => texts.indexOf(texts[index] as string) === index);
}

function deploymentProspect(plan: Plan, name: string): DeploymentProspect | undefined {
  const cluster = plan.cluster.deployments.find((deployment) => deployment.name === name);
  const serving = plan.deployments.find((deployment) => deployment.name === name)?.serving;
  if (cluster === undefined || serving === undefined) return undefined;
  const { scheduleSeconds, readinessPeriodSeconds } = cluster.lifecycle;
  const pools = plan.cluster.nodePools.filter((pool) => cluster.nodePools.includes(pool.name));
  const { scrapeIntervalSeconds, cpuUtilization, memoryUtilization } = plan.metrics;
  return {
    coldStartSeconds: expectedColdStartSeconds(plan.cluster, name),
    warmStartSeconds: scheduleSeconds + expectedEngineStartSeconds(cluster.lifecycle, "usedNode") + readinessPeriodSeconds / 2,
    nodeKeptSeconds: pools[0]?.scaleDownUnneededSeconds ?? 0,
    roomReplicas: replicasThatFit(plan.cluster, name),
    maxSequences: serving.engine.batching === undefined ? serving.engine.maxSequences : undefined,
    scrapeIntervalSeconds,
    usage: { cpu: cpuUtilization, memory: memoryUtilization },
  };
}
