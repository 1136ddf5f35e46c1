import { fixedSchema, forecastSchema, scheduleSchema, triggerSourcesSchema } from "@replicast/policies";
import * as z from "zod";
import { HPA_OPTIONS } from "../../packages/policies/dist/hpa/hpa.js";
import { DEFAULT_KUBERNETES, KUBERNETES_VERSIONS } from "../../packages/policies/dist/hpa/versions.js";
import { KEDA_OPTIONS } from "../../packages/policies/dist/keda/keda.js";
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

Holt-Winters exponential smoothing of the observed arrivals, looking as far ahead as a cold start takes, plus a quantile of its own
recent errors.

${optionTable(forecastSchema)}
`;
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
    ["option", "value", "required"],
    rows.map(([path, type, required]) => [path, type, required]),
  );
}
