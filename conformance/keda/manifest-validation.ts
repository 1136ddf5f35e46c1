import { mismatch } from "../mismatch.ts";
import { inputsOf, type VectorKind } from "../suite.ts";
import { readObject } from "./scaled-objects.ts";

type KubernetesObject = Readonly<Record<string, unknown>>;

interface ManifestCase {
  readonly name: string;
  readonly inputs: { readonly object: KubernetesObject; readonly clusterObjects?: readonly KubernetesObject[] | null };
  readonly expected: {
    readonly valid: boolean;
    readonly stage?: string;
    readonly operatorWithoutWebhook?: string;
    readonly warnings?: readonly string[];
    readonly prunedFields?: readonly string[];
  };
}

/** In the order in which an object meets them. */
const STAGES = ["schema", "admission-webhook", "operator"];

function check({ inputs, expected }: ManifestCase): string | undefined {
  const objects = inputs.clusterObjects ?? [];
  const { object, issues } = readObject(inputs.object, { objects });
  const operator = expected.operatorWithoutWebhook && readObject(inputs.object, { objects, withoutWebhook: true }).object !== undefined;
  const unknown = issues.filter(({ code }) => code === "manifest_unknown_field").map(({ data }) => data?.["field"]);
  const warnings = issues.filter(({ code }) => code === "keda_period_irrelevant").map(({ data }) => data?.["detail"]);
  const errors = issues.filter(({ severity }) => severity !== "warning");
  const refusedBy = STAGES.find((stage) => errors.some(({ data }) => (data?.["stage"] ?? "schema") === stage));
  return mismatch(
    ["valid", expected.valid, object !== undefined],
    ["stage", expected.stage, refusedBy],
    ["accepted without the webhook", expected.operatorWithoutWebhook && expected.operatorWithoutWebhook === "accepts", operator],
    ["warnings", expected.warnings ?? [], warnings],
    ["prunedFields", expected.prunedFields ?? [], unknown],
  );
}

/** A ScaledObject → accepted, or the first stage that refuses it. */
export const manifestValidation: VectorKind<ManifestCase> = {
  kind: "manifest-validation",
  recognises: (vector) => "object" in inputsOf(vector),
  check,
};
