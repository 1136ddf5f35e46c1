import { describe, expect, it } from "vitest";
import { type BlameScenario, blameOf, classifier, hpaOf, scaledObjectOf, secondsShare, violationShare } from "./blame-rig.ts";

/** Asks for four, or six, in the very second in which the load does. */
const PROMPT = "kind: script, steps: [[0, 2], [300, 6], [620, 2]]";
const SLOW = "schedule: 0s, pull: 0s, container: 0s, load: 0s, compile: 0s, capture: 0s, warmUp: 0s";
const slow = (part: string): string => SLOW.replace(`${part}: 0s`, `${part}: 120s`);
const LATE: readonly (BlameScenario & { readonly cause: string; readonly because: string })[] = [
  { cause: "node", because: "nodes take two minutes", policy: PROMPT, pool: "min: 2, max: 8, provision: 120s, allocatable: 0s" },
  { cause: "pull", because: "the image takes two minutes", policy: PROMPT, startup: slow("pull") },
  { cause: "load", because: "the weights take two minutes", policy: PROMPT, startup: slow("load") },
  { cause: "warmUp", because: "the engine warms up for two minutes", policy: PROMPT, startup: slow("warmUp") },
  {
    cause: "probe",
    because: "the probe looks every two minutes",
    policy: PROMPT,
    readiness: "period: 120s, endpointDelay: 0s",
    startup: SLOW.replace("load: 0s", "load: 1s"),
  },
  {
    cause: "endpoints",
    because: "the gateway hears of it two minutes later",
    policy: PROMPT,
    readiness: "period: 1s, endpointDelay: 120s",
  },
  { cause: "scrape", because: "samples are 97 s apart", policy: "kind: look, periodSeconds: 1", metrics: "scrapeInterval: 97s" },
  { cause: "poll", because: "the policy looks every 97 s", policy: "kind: look, periodSeconds: 97" },
  {
    cause: "metric",
    because: "queries fail for two minutes",
    policy: "kind: look, periodSeconds: 1",
    extra: "faults: [{ kind: metricsOutage, from: 290s, to: 420s }]",
  },
  {
    cause: "metric",
    because: "answers are those of before",
    policy: "kind: look, periodSeconds: 1",
    extra: "faults: [{ kind: metricsOutage, from: 290s, to: 420s, answer: stale }]",
  },
  {
    cause: "max",
    because: "the HPA may have two",
    policy: "kind: hpa, manifest: hpa.yaml, syncPeriodSeconds: 1",
    hpa: hpaOf("minReplicas: 2\n  maxReplicas: 2"),
  },
  { cause: "max", because: "the fleet is fixed", policy: "kind: fixed, replicas: 2" },
  {
    cause: "tolerance",
    because: "four times too much is near enough",
    policy: "kind: hpa, manifest: hpa.yaml, syncPeriodSeconds: 1, tolerance: 1000",
    hpa: hpaOf("minReplicas: 2\n  maxReplicas: 6"),
  },
  {
    cause: "stabilization",
    because: "a wish must last for four minutes",
    policy: "kind: hpa, manifest: hpa.yaml, syncPeriodSeconds: 1",
    hpa: hpaOf(
      "minReplicas: 2\n  maxReplicas: 6",
      "behavior: { scaleUp: { stabilizationWindowSeconds: 240, policies: [{ type: Pods, value: 9, periodSeconds: 1 }] } }",
    ),
  },
  {
    cause: "rate",
    because: "one replica each ten minutes",
    rate: "{ points: [[0s, 10/s], [300s, 10/s], [300.001s, 40/s], [600s, 40/s], [600.001s, 10/s]] }",
    policy: "kind: hpa, manifest: hpa.yaml, syncPeriodSeconds: 1",
    hpa: hpaOf("minReplicas: 2\n  maxReplicas: 6", "behavior: { scaleUp: { policies: [{ type: Pods, value: 1, periodSeconds: 600 }] } }"),
  },
  { cause: "cooldown", because: "the policy says so", policy: "kind: script, steps: [[0, 2, { by: cooldown }], [420, 6]]" },
  {
    cause: "cooldown",
    because: "AIBrix has just taken one away, and waits",
    policy:
      'kind: aibrix, resyncSeconds: 1, scaleDownCooldownSeconds: 0, scaleUpCooldownSeconds: 420, spec: { scalingStrategy: APA, minReplicas: 2, maxReplicas: 6, metricsSources: [{ metricSourceType: pod, targetMetric: num_requests_waiting, targetValue: "2" }] }',
    replicas: 3,
    deployment: classifier("factor: 1", "routing: roundRobin"),
  },
  {
    cause: "paused",
    because: "the ScaledObject is",
    policy: "kind: keda, manifest: scaled-object.yaml",
    scaledObject: scaledObjectOf("minReplicaCount: 2\n  maxReplicaCount: 6", '{ autoscaling.keda.sh/paused: "true" }'),
  },
  {
    cause: "rule",
    because: "the HPA's target is a thousand times too high",
    policy: "kind: hpa, manifest: hpa.yaml, syncPeriodSeconds: 1",
    hpa: hpaOf("minReplicas: 2\n  maxReplicas: 6").replace('value: "5"', 'value: "50000"'),
  },
  {
    cause: "foresight",
    because: "a burst shows in the mean around it half a minute before it comes, and the HPA follows at once",
    rate: "{ points: [[0s, 10/s], [297s, 10/s], [297.001s, 90/s], [303s, 90/s], [303.001s, 10/s]] }",
    loadWindow: "60s",
    policy: "kind: hpa, manifest: hpa.yaml, syncPeriodSeconds: 1",
    hpa: hpaOf("minReplicas: 2\n  maxReplicas: 6"),
  },
  { cause: "paused", because: "the policy says so", policy: "kind: script, steps: [[0, 2, { by: paused }], [420, 6]]" },
  {
    cause: "forecast",
    because: "nobody foresaw it",
    policy: 'kind: schedule, timeZone: UTC, replicas: 2, windows: [{ from: "09:08", to: "09:12", replicas: 6 }]',
  },
  { cause: "rule", because: "two is what the rule comes to", policy: "kind: script, steps: [[0, 2], [420, 6], [620, 2]]" },
];

describe("a late request waited for the next missing replica", () => {
  it.each(LATE)("which was held up by $cause: $because", async ({ cause, ...scenario }) => {
    const blame = await blameOf(scenario);
    expect(blame.violations).toBeGreaterThan(100);
    expect(violationShare(blame, cause)).toBeGreaterThanOrEqual(0.95);
    expect(secondsShare(blame, cause)).toBeGreaterThanOrEqual(0.85);
  });
});
