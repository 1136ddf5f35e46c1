import { behaviorFrom } from "../../packages/policies/src/hpa/manifest.ts";
import { metricOf } from "../hpa/cluster.ts";
import { mismatch } from "../mismatch.ts";
import { inputsOf, type VectorKind } from "../suite.ts";
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

/** The operator by itself: these vectors leave out the webhook, and what the API server says to the HPA. */
function check({ inputs, expected }: HpaSpecCase): string | undefined {
  const { object } = readObject(inputs.scaledObject, { withoutWebhook: true });
  const made = object === undefined || object.spec.annotations.paused ? undefined : object.hpa;
  if (expected.hpa === undefined || made === undefined) return mismatch(["has an HPA", expected.hpa !== undefined, made !== undefined]);
  const { minReplicas, maxReplicas, metrics, behavior } = expected.hpa.spec;
  return mismatch(
    ["minReplicas", minReplicas, made.minReplicas],
    ["maxReplicas", maxReplicas, made.maxReplicas],
    // Names alone: the vectors' selectors only lead the request back to KEDA.
    ["metrics", metrics.map(metricOf), made.metrics],
    ["behavior", behavior && behaviorFrom(behavior), made.behavior],
  );
}

/** A ScaledObject → the HPA that KEDA makes of it. */
export const hpaSpec: VectorKind<HpaSpecCase> = { kind: "hpa-spec", recognises: (vector) => "scaledObject" in inputsOf(vector), check };
