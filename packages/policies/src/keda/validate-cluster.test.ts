import type { Issue } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import type { KubernetesObject } from "./cluster-view.ts";
import { readScaledObject } from "./manifest.ts";

const QUEUE = { type: "prometheus", metadata: { serverAddress: "http://p", query: "x", threshold: "5" } };
const CPU = { type: "cpu", metricType: "Utilization", metadata: { value: "60" } };

const scaledObject = (name: string, spec: object = {}, annotations: object = {}): KubernetesObject => ({
  apiVersion: "keda.sh/v1alpha1",
  kind: "ScaledObject",
  metadata: { name, annotations },
  spec: { scaleTargetRef: { name: "chat" }, triggers: [QUEUE], ...spec },
});

const deployment = (name: string, containers: readonly object[] = []): KubernetesObject => ({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name },
  spec: { template: { spec: { containers } } },
});

const hpa = (name: string, target: string, metadata: object = {}): KubernetesObject => ({
  apiVersion: "autoscaling/v2",
  kind: "HorizontalPodAutoscaler",
  metadata: { name, ...metadata },
  spec: { scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: target } },
});

function found(object: KubernetesObject, objects: readonly KubernetesObject[], isComplete = false): readonly string[] {
  const issues: Issue[] = [];
  const manifest = { value: object, report: (issue: Issue) => void issues.push(issue) };
  readScaledObject(manifest, { lookup: () => undefined, cluster: { objects, isComplete } });
  return issues.map(({ code, data }) => (data?.["detail"] === undefined ? code : `${data["stage"]}: ${data["detail"]}`));
}

const named = (name: string): object => ({ advanced: { horizontalPodAutoscalerConfig: { name } } });

describe("other objects of the file", () => {
  it.each([
    { object: scaledObject("a"), others: [scaledObject("b")], says: "already managed by the ScaledObject 'b'" },
    {
      object: scaledObject("a", named("h")),
      others: [scaledObject("b", { scaleTargetRef: { name: "x" }, ...named("h") })],
      says: "the HPA 'h' is already managed by the ScaledObject 'b'",
    },
    { object: scaledObject("a"), others: [hpa("old", "chat")], says: "already managed by the hpa 'old'" },
    {
      object: scaledObject("a", {}, { "scaledobject.keda.sh/transfer-hpa-ownership": "true" }),
      others: [hpa("old", "chat")],
      says: "must be specified by name in advanced settings",
    },
    {
      object: scaledObject("a", { triggers: [CPU], minReplicaCount: 1 }),
      others: [deployment("chat", [{ name: "vllm", resources: { requests: { memory: "8Gi" } } }])],
      says: "the container vllm doesn't have the cpu request defined",
    },
  ])("have the webhook refuse it: $says", ({ object, others, says }) => {
    expect(found(object, others).join()).toContain("admission-webhook: ");
    expect(found(object, others).join()).toContain(says);
  });

  it.each([
    { object: scaledObject("a"), others: [scaledObject("a")], because: "it is the object itself" },
    { object: scaledObject("a"), others: [scaledObject("b", { scaleTargetRef: { name: "x" } })], because: "another target" },
    { object: scaledObject("a"), others: [hpa("old", "x")], because: "another target" },
    {
      object: scaledObject("a"),
      others: [hpa("h", "chat", { annotations: { "validations.keda.sh/hpa-ownership": "false" } })],
      because: "it says so",
    },
    {
      object: scaledObject("a"),
      others: [hpa("h", "chat", { ownerReferences: [{ kind: "ScaledObject", name: "a" }] })],
      because: "it made it",
    },
    {
      object: scaledObject("a", named("old"), { "scaledobject.keda.sh/transfer-hpa-ownership": "true" }),
      others: [hpa("old", "chat")],
      because: "ownership is transferred",
    },
    {
      object: scaledObject("a", { triggers: [CPU], minReplicaCount: 1 }),
      others: [deployment("chat", [{ name: "vllm", resources: { limits: { cpu: 4 } } }])],
      because: "a limit stands for a request",
    },
    {
      object: scaledObject("a", { triggers: [{ ...CPU, metadata: { value: "60", containerName: "vllm" } }], minReplicaCount: 1 }),
      others: [deployment("chat", [{ name: "vllm", resources: { requests: { cpu: "4" } } }, { name: "sidecar" }])],
      because: "only the named container counts",
    },
  ])("may be there: $because", ({ object, others }) => {
    expect(found(object, others)).toEqual([]);
  });
});

describe("the scale target", () => {
  const of = (reference: object) => scaledObject("a", { scaleTargetRef: { name: "chat", ...reference } });

  it("is of a kind that can be scaled; a kind of somebody else's group is taken for granted with a warning", () => {
    expect(found(of({ apiVersion: "v1", kind: "ConfigMap" }), []).join()).toContain('no matches for kind "ConfigMap" in version "v1"');
    expect(found(of({ apiVersion: "apps/v1", kind: "DaemonSet" }), []).join()).toContain("no matches for kind");
    expect(found(of({ apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" }), [])).toEqual(["keda_target_kind_unknown"]);
    expect(found(of({ apiVersion: "argoproj.io/v1alpha1", kind: "Rollout" }), [], true).join()).toContain("no matches for kind");
  });

  it("must exist where all objects are known, and is only warned of beside others of its kind", () => {
    expect(found(scaledObject("a"), [deployment("chat")], true)).toEqual([]);
    expect(found(scaledObject("a"), [], true)).toEqual(['operator: Invalid value: "chat": deployments.apps "chat" not found']);
    expect(found(scaledObject("a"), [deployment("chta")])).toEqual(["keda_target_not_given"]);
    expect(found(scaledObject("a"), [])).toEqual([]);
  });
});
