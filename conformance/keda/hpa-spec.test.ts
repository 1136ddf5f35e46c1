import { expect, it } from "vitest";
import { behaviorFrom } from "../../packages/policies/src/hpa/manifest.ts";
import type { HpaMetric, HpaSpec } from "../../packages/policies/src/hpa/spec.ts";
import { metricOf } from "../hpa/cluster.ts";
import { failures, readVectors } from "../hpa/vectors.ts";
import { readObject } from "./scaled-objects.ts";

interface HpaSpecCase {
  readonly name: string;
  readonly inputs: { readonly scaledObject: Readonly<Record<string, unknown>> };
  readonly expected: {
    readonly error?: string;
    readonly hpa?: {
      readonly spec: {
        readonly minReplicas: number;
        readonly maxReplicas: number;
        readonly metrics: readonly unknown[];
        readonly behavior?: Parameters<typeof behaviorFrom>[0];
      };
    };
  };
}

/** What KEDA accepts and this reader refuses, with the reason. */
const REFUSED: Readonly<Record<string, string>> = {
  "hpa-threshold-0.0004": "the API server refuses the generated HPA: its target is 0",
  "hpa-metrictype-Bogus": "the API server refuses the generated HPA: there is no such target type",
  "hpa-long-name": "the admission webhook, which these vectors leave out, refuses the name",
  "hpa-modifiers-small-target": "the API server refuses the generated HPA: its target is 0",
  "hpa-statefulset": "the vector's cluster has no such StatefulSet",
  "hpa-kubernetes-workload": "the trigger type is not simulated",
  "hpa-metrics-api": "the trigger type is not simulated",
};

/** The name alone: the vectors' selectors only lead the request back to KEDA. */
function metric(raw: unknown): HpaMetric {
  return metricOf(raw);
}

function passes({ inputs, expected }: HpaSpecCase): boolean {
  const { object } = readObject(inputs.scaledObject);
  if (expected.hpa === undefined) return object === undefined || object.spec.annotations.paused;
  if (object === undefined) return false;
  const { minReplicas, maxReplicas, metrics, behavior } = expected.hpa.spec;
  const wanted: HpaSpec = {
    minReplicas,
    maxReplicas,
    metrics: metrics.map(metric),
    ...(behavior === undefined ? {} : { behavior: behaviorFrom(behavior) }),
  };
  expect(object.hpa).toEqual(wanted);
  return true;
}

it("makes the HPA that KEDA makes", () => {
  const cases = readVectors<HpaSpecCase>("keda/hpa-spec.jsonl");
  expect(failures(cases, passes)).toEqual(Object.keys(REFUSED));
  expect(cases.length).toBe(50);
});
