import { describe, expect, it } from "vitest";
import { type BlameScenario, blameOf, hpaOf, idleShare, scaledObjectOf } from "./blame-rig.ts";

/** Six replicas are needed for a minute, then none. */
const DROP = "{ points: [[0s, 40/s], [60s, 40/s], [60.001s, 0.02/s]] }";
const STEADY = "40/s";
const hpa = (limits: string, behavior = ""): Pick<BlameScenario, "policy" | "hpa"> => ({
  policy: "kind: hpa, manifest: hpa.yaml, syncPeriodSeconds: 1, downscaleStabilizationSeconds: 0",
  hpa: hpaOf(limits, behavior),
});
const WIDE = "minReplicas: 1\n  maxReplicas: 8";

const IDLE: readonly (BlameScenario & { readonly cause: string; readonly because: string })[] = [
  { cause: "min", because: "a fleet is fixed", rate: "1/s", policy: "kind: fixed, replicas: 6" },
  { cause: "min", because: "the HPA may not go below six", rate: "1/s", replicas: 6, ...hpa("minReplicas: 6\n  maxReplicas: 8") },
  {
    cause: "stabilization",
    because: "a wish of the last ten minutes holds",
    rate: DROP,
    replicas: 6,
    ...hpa(WIDE, "behavior: { scaleDown: { stabilizationWindowSeconds: 3600 } }"),
  },
  {
    cause: "rate",
    because: "one replica an hour may go",
    rate: DROP,
    replicas: 6,
    ...hpa(WIDE, "behavior: { scaleDown: { stabilizationWindowSeconds: 0, policies: [{ type: Pods, value: 1, periodSeconds: 1800 }] } }"),
  },
  {
    cause: "cooldown",
    because: "the policy waits after the last activity",
    rate: DROP,
    replicas: 6,
    policy: "kind: script, steps: [[0, 6, { by: cooldown, wanted: 0 }]]",
  },
  {
    cause: "cooldown",
    because: "KEDA waits an hour before it lets the last one go",
    rate: "{ points: [[0s, 5/s], [60s, 5/s], [60.001s, 0/s]] }",
    duration: "1h",
    replicas: 1,
    policy: "kind: keda, manifest: scaled-object.yaml",
    scaledObject: scaledObjectOf("minReplicaCount: 0\n  maxReplicaCount: 6\n  pollingInterval: 5\n  cooldownPeriod: 3600"),
  },
  {
    cause: "tolerance",
    because: "the HPA finds a thousandth near enough",
    rate: DROP,
    replicas: 6,
    policy: "kind: hpa, manifest: hpa.yaml, syncPeriodSeconds: 1, downscaleStabilizationSeconds: 0, tolerance: 1000",
    hpa: hpaOf(WIDE),
  },
  {
    cause: "headroom",
    because: "Ray Serve is to have two replicas for each request under way",
    rate: STEADY,
    replicas: 8,
    policy: "kind: ray-serve, autoscaling_config: { min_replicas: 1, max_replicas: 8, target_ongoing_requests: 0.5 }",
  },
  {
    cause: "tolerance",
    because: "the policy finds it near enough",
    rate: DROP,
    replicas: 6,
    policy: "kind: script, steps: [[0, 6, { by: tolerance, wanted: 0 }]]",
  },
  {
    cause: "forecast",
    because: "a calendar expects more than comes",
    rate: "1/s",
    replicas: 6,
    policy: "kind: schedule, timeZone: UTC, replicas: 6, windows: []",
  },
  {
    cause: "headroom",
    because: "the rule itself asks for more than the load",
    rate: STEADY,
    replicas: 8,
    policy: "kind: script, steps: [[0, 8]]",
  },
  {
    cause: "poll",
    because: "the policy looks once an hour",
    rate: DROP,
    replicas: 6,
    kappa: 7,
    policy: "kind: look, firstSeconds: 56, periodSeconds: 3600, descends: true",
  },
  {
    cause: "scrape",
    because: "samples are 55 s apart",
    rate: DROP,
    replicas: 6,
    kappa: 7,
    duration: "108s",
    policy: "kind: look, firstSeconds: 56, descends: true",
    metrics: "scrapeInterval: 55s",
  },
  {
    cause: "metric",
    because: "queries fail",
    rate: DROP,
    replicas: 6,
    kappa: 7,
    policy: "kind: look, firstSeconds: 56, descends: true",
    extra: "faults: [{ kind: metricsOutage, from: 58s, to: 15m }]",
  },
];

describe("an idle replica", () => {
  it.each(IDLE)("was kept by $cause: $because", async ({ cause, ...scenario }) => {
    const blame = await blameOf(scenario);
    expect(blame.idleUsd).toBeGreaterThan(0.01);
    expect(idleShare(blame, cause)).toBeGreaterThanOrEqual(0.95);
  });
});
