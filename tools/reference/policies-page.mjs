import {
  aibrixSchema,
  dynamoSchema,
  fixedSchema,
  forecastSchema,
  knativeSchema,
  rayServeSchema,
  scheduleSchema,
  triggerSourcesSchema,
  wvaSchema,
} from "@replicast/policies";
import * as z from "zod";
import { HPA_OPTIONS } from "../../packages/policies/dist/hpa/hpa.js";
import { DEFAULT_KUBERNETES, KUBERNETES_VERSIONS } from "../../packages/policies/dist/hpa/versions.js";
import { KEDA_OPTIONS } from "../../packages/policies/dist/keda/keda.js";
import { ANNOTATIONS } from "../../packages/policies/dist/knative/annotations.js";
import { CONFIG_MAP } from "../../packages/policies/dist/knative/config-map.js";
import { schemaRows } from "./json-schema.mjs";
import { code, GENERATED, table } from "./markdown.mjs";

const OPTION_MEANINGS = {
  syncPeriodSeconds: "kube-controller-manager --horizontal-pod-autoscaler-sync-period",
  syncPhaseSeconds: "when in that period the first sync falls",
  tolerance: "--horizontal-pod-autoscaler-tolerance",
  downscaleStabilizationSeconds: "--horizontal-pod-autoscaler-downscale-stabilization",
  cpuInitializationPeriodSeconds: "--horizontal-pod-autoscaler-cpu-initialization-period",
  initialReadinessDelaySeconds: "--horizontal-pod-autoscaler-initial-readiness-delay",
};

/** @returns {string} the page about the policies that come with the library */
export function policiesPage() {
  const options = Object.entries(HPA_OPTIONS).map(([name, { defaultValue }]) => {
    if (OPTION_MEANINGS[name] === undefined) throw new Error(`say what ${name} means in tools/reference/policies-page.mjs`);
    return [code(name), defaultValue, OPTION_MEANINGS[name]];
  });
  const versions = Object.keys(KUBERNETES_VERSIONS);
  const release = [
    code("kubernetes"),
    code(`"${DEFAULT_KUBERNETES}"`),
    `release whose controller decides, ${versions[0]} to ${versions.at(-1)}`,
  ];
  return `${GENERATED}

# Policies

An entry of \`policies:\` has a unique \`name\`, a \`kind\`, and the options of that kind beside it. With several deployments it has
\`deployments:\`, one controller for each. Durations of policies are plain numbers of seconds. Your own: [write a policy](../guides/write-a-policy.md),
or [bring a program](../guides/bring-your-own-policy.md).

## fixed

The same number of replicas at all times; what every other policy is measured against.

A run begins with the deployment's \`replicas\`, whatever the policy asks for: a fixed policy of more starts the others at time 0 and
pays for their cold start, one of less drains some. To measure a fleet that is there already, give the deployment as many replicas,
as in \`--set deployments.chat.replicas=5\`.

${optionTable(fixedSchema)}

## hpa

A HorizontalPodAutoscaler (autoscaling/v2): \`manifest: hpa.yaml\` names the file, or \`spec:\` holds it inline. Resource, Pods,
Object, External and ContainerResource metrics, behavior, tolerance and stabilisation as in the real controller, with its handling
of missing metrics and unready pods. Flags of the controller stand beside the manifest:

${table(["option", "default", "flag of the controller"], [...options, release])}

What releases differ in, and what a manifest may contain: [bring your manifests](../guides/bring-your-manifests.md).

## keda

A ScaledObject (keda.sh/v1alpha1): \`manifest: scaled-object.yaml\` or \`spec:\`. Activation, cooldown, fallback in all behaviors, idle
replicas, pausing, \`scalingModifiers\`; everything between minimum and maximum is done by the HPA that KEDA generates, whose options
above apply. Triggers \`prometheus\`, \`cron\`, \`cpu\`, \`memory\` and \`kubernetes-workload\` (the target's own pods) have values of
their own; every other type that KEDA knows takes them from \`triggers:\` beside the manifest.

${table(
  ["option", "default", "meaning"],
  [
    [
      code("clockPhaseSeconds"),
      KEDA_OPTIONS.clockPhaseSeconds.defaultValue,
      "how far the operator's clock is past a whole second at the start",
    ],
  ],
)}

${sourceTable()}

## schedule

A calendar: weekdays, times of day and special dates in a time zone.

${optionTable(scheduleSchema)}

## forecast

The load expected until a replica asked for now would be ready, plus a quantile of the forecast's own recent errors, by one of
these models. How to choose: [scale ahead](../guides/scale-ahead.md).

| \`model\` | what it expects | until it knows enough |
| --- | --- | --- |
| \`holtWinters\` | level, slope (none, additive, damped) and season (none, additive, multiplicative) by exponential smoothing | slope from the 10th sample, season after one whole season |
| \`seasonalNaive\` | the value of one season ago | the last value |
| \`linear\` | the line through the last samples | the last value |
| \`autoregression\` | each value from the ones before it, estimated anew at each sample | the last value |
| \`kalman\` | a level and a slope that wander, seen through noise | the last value |
| \`recentQuantile\` | a quantile of the last samples: head-room, no forecast | the same of the samples there are |
| \`lastValue\` | that all stays as it is: what each of the others must beat | |

${optionTable(forecastSchema)}

## knative

The pod autoscaler of Knative Serving, from a Knative Service or its annotations: [how it works](../explanation/knative.md).

${meaningTable(knativeSchema)}

Annotations \`autoscaling.knative.dev/…\` that are read: \`class\` (kpa), \`metric\` (concurrency, rps), \`metric-aggregation-algorithm\` (linear,
weighted-exponential), ${Object.keys(ANNOTATIONS).map(code).join(", ")}.

Keys of \`configAutoscaler\`; durations have a unit, those of the defaults are seconds:

${table(
  ["key", "default"],
  Object.entries(CONFIG_MAP).map(([key, { kind, defaultValue }]) => [code(key), kind === "boolean" ? defaultValue === 1 : defaultValue]),
)}

## ray-serve

The request autoscaling of Ray Serve: [how it works](../explanation/ray-serve.md).

${meaningTable(rayServeSchema)}

## wva

llm-d's Workload Variant Autoscaler: [how it works](../explanation/wva.md).

${meaningTable(wvaSchema)}

## aibrix

A PodAutoscaler of AIBrix: [how it works](../explanation/aibrix.md).

${meaningTable(aibrixSchema)}

## dynamo

The planner of NVIDIA Dynamo for one component: [how it works](../explanation/dynamo.md).

${meaningTable(dynamoSchema)}
## max

The largest of what several policies ask for. \`of:\` lists two to ten entries of kind \`fixed\`, \`schedule\`, \`forecast\` or \`hpa\`, each with
its own options and, if you like, a \`name\`. Each decides when its own timer says so; the largest of the last wishes holds, and the
reason names its owner: \`ByForecast\`. KEDA takes the others as its floor, or as triggers beside its own.

## floor

\`floor:\` beside the manifest of an \`hpa\` or \`keda\` entry holds a policy of kind \`fixed\`, \`schedule\`, \`forecast\` or \`max\` whose wish raises the
minimum while the run goes on, from the controller's next sync on; never above the manifest's maximum. All else in the manifest holds.
In a cluster a job does that: \`kubectl patch hpa chat --type merge -p '{"spec":{"minReplicas":5}}'\`, for KEDA \`minReplicaCount\` of the
ScaledObject.
`;
}

function meaningTable(schema) {
  return table(["option", "value", "default", "meaning"], defaultedRows(z.toJSONSchema(schema, { io: "input", target: "draft-7" })));
}

/** Like the other tables, with the default in place of what is required: nearly nothing is. */
function defaultedRows(json) {
  const rows = schemaRows(json);
  return rows.map(([where, type, required, meaning]) => [where, type, required === "yes" ? "required" : defaultAt(json, where), meaning]);
}

function defaultAt(json, where) {
  const field = where
    .replaceAll("`", "")
    .split(".")
    .reduce((at, key) => at?.properties?.[key], json);
  const value = field?.default;
  return value === undefined || typeof value === "object" ? "" : String(value);
}

/** What `triggers:` beside a ScaledObject may say. */
function sourceTable() {
  const { additionalProperties } = z.toJSONSchema(triggerSourcesSchema, { io: "input", target: "draft-7" });
  const rows = Object.entries(additionalProperties.properties).map(([key, { description }]) => [code(`triggers.NAME.${key}`), description]);
  return table(["option", "meaning"], rows);
}

function optionTable(schema) {
  const rows = schemaRows(z.toJSONSchema(schema, { io: "input", target: "draft-7" }));
  return table(
    ["option", "value", "required", "meaning"],
    rows.map(([path, type, required, meaning]) => [path, type, required, meaning]),
  );
}
