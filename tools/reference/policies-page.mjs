import { fixedSchema, forecastSchema, scheduleSchema } from "@replicast/policies";
import * as z from "zod";
import { HPA_OPTIONS } from "../../packages/policies/dist/hpa/hpa.js";
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
  return `${GENERATED}

# Policies

An entry of \`policies:\` has a unique \`name\`, a \`kind\`, and the options of that kind beside it. With several deployments it has
\`deployments:\`, one controller for each. Durations of policies are plain numbers of seconds. Your own: [write a policy](../guides/write-a-policy.md).

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

${table(["option", "default", "flag of the controller"], options)}

## keda

A ScaledObject (keda.sh/v1alpha1): \`manifest: scaled-object.yaml\` or \`spec:\`. Triggers \`prometheus\`, \`cron\`, \`cpu\` and
\`memory\`; activation, fallback, idle replicas and pausing; everything between minimum and maximum is done by the HPA that KEDA
generates, whose options above apply. A trigger that is not simulated is refused, never ignored.

## schedule

A calendar: weekdays, times of day and special dates in a time zone.

${optionTable(scheduleSchema)}

## forecast

Holt-Winters exponential smoothing of the observed arrivals, looking as far ahead as a cold start takes, plus a quantile of its own
recent errors.

${optionTable(forecastSchema)}
`;
}

function optionTable(schema) {
  const rows = schemaRows(z.toJSONSchema(schema, { io: "input", target: "draft-7" }));
  return table(
    ["option", "value", "required"],
    rows.map(([path, type, required]) => [path, type, required]),
  );
}
