import { describe, expect, it } from "vitest";
import type { ClusterConfig } from "../../cluster/config.ts";
import type { Issue } from "../../errors.ts";
import { describeIssue, formatIssues } from "../../messages.ts";
import { buildPlan } from "../build.ts";
import { manifestsOf, type ParseScenarioResult, parseScenario } from "../parse.ts";

const OFFERINGS = `
      - { instanceType: p5.48xlarge, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 6.9, zone: us-east-1a, cpu: 192 }
      - { instanceType: p5.48xlarge, pricePerGpuHour: 2.4, capacity: spot, zone: us-east-1a, gpu: H100, gpusPerNode: 8, cpu: 192 }
      - { instanceType: p4d.24xlarge, gpu: A100-40GB, gpusPerNode: 8, pricePerGpuHour: 4, zone: us-east-1b, cpu: 96 }`;

const nodePool = ({ requirements = "[]", spec = "", template = "" } = {}): string => `apiVersion: karpenter.sh/v1
kind: NodePool
metadata: { name: gpu }
spec:
${spec}  template:
    spec:
      nodeClassRef: { group: karpenter.k8s.aws, kind: EC2NodeClass, name: default }
${template}      requirements: ${requirements}
`;

const requirement = (key: string, operator: string, ...values: readonly string[]): string =>
  `{ key: ${key}, operator: ${operator}${values.length === 0 ? "" : `, values: [${values.map((each) => `"${each}"`).join(", ")}]`} }`;

interface Setting {
  readonly pool?: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly more?: string;
  readonly nodePools?: string;
}

function parse(
  manifest: string,
  { pool = `max: 4, offerings: [${""}]`, files = {}, more = "", nodePools = "[gpu]" }: Setting = {},
): ParseScenarioResult {
  const offerings = pool === "" ? `\n    max: 4\n    offerings:${OFFERINGS}` : `\n    ${pool}`;
  const scenario = `replicast: 1
name: tiny
duration: 10h
traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 100, output: 50 } }]
deployments: [{ name: chat, model: llama-2-70b_h100_tp4, replicas: 1, nodePools: ${nodePools} }]
nodePools:
  - manifest: pool.yaml${offerings}
${more}policies: [{ name: two, kind: fixed, replicas: 2 }]
slo: { ttft: "p(95)<2s" }
`;
  const all: Readonly<Record<string, string>> = { "pool.yaml": manifest, ...files };
  return parseScenario(scenario, "scenario.yaml", [], (name) => all[name]);
}

function clusterOf(
  manifest: string,
  setting: Setting = { pool: "" },
): { readonly cluster: ClusterConfig; readonly warnings: readonly Issue[]; readonly said: string } {
  const parsed = parse(manifest, setting);
  if (!parsed.ok) throw new Error(formatIssues(parsed.issues));
  const result = buildPlan(parsed.spec, {
    startEpochSeconds: 1_772_409_600, // Monday, 2026-03-02, 00:00 UTC
    zone: (timeZone) => ({ timeZone, fromEpochSeconds: [0], offsetSeconds: [0] }),
    parsePolicy: () => ({ ok: true, config: {} }),
  });
  if (!result.ok) throw new Error(formatIssues(parsed.locate(result.issues)));
  return { cluster: result.plan.cluster, warnings: parsed.warnings, said: parsed.assumptions.join("\n") };
}

function refusals(manifest: string, setting: Setting = { pool: "" }): readonly Issue[] {
  const result = parse(manifest, setting);
  return result.ok ? [] : result.issues;
}

function names(manifest: string): readonly string[] {
  const result = parse(manifest, { pool: "" });
  if (!result.ok) throw new Error(formatIssues(result.issues));
  return result.spec.nodePools.map(({ name }) => name);
}

describe("a NodePool of Karpenter", () => {
  it("makes a pool of each offering, and gives them its disruption settings, its weight and its limits", () => {
    const manifest = nodePool({
      spec: `  weight: 20
  limits: { nvidia.com/gpu: 24, cpu: "400" }
  disruption:
    consolidationPolicy: WhenEmpty
    consolidateAfter: Never
    budgets:
      - nodes: "20%"
        reasons: [Empty, Drifted]
      - { nodes: "0", schedule: "0 9 * * mon-fri", duration: 8h }
`,
      template: "      expireAfter: 48h30m\n      terminationGracePeriod: 1h\n",
    });
    const { cluster, warnings, said } = clusterOf(manifest);
    expect(cluster.nodePools.map(({ name, gpu, maxNodes, priceClass }) => [name, gpu, maxNodes, priceClass])).toEqual([
      ["gpu-p5.48xlarge-us-east-1a", "H100", 4, undefined],
      ["gpu-p5.48xlarge-us-east-1a-spot", "H100", 4, "spot"],
      ["gpu-p4d.24xlarge-us-east-1b", "A100-40GB", 4, undefined],
    ]);
    for (const pool of cluster.nodePools) {
      expect(pool.priority).toBe(20);
      expect(pool.karpenter).toMatchObject({
        nodePool: "gpu",
        consolidationPolicy: "WhenEmpty",
        consolidateAfterSeconds: Number.POSITIVE_INFINITY,
        expireAfterSeconds: 48.5 * 3600,
        terminationGraceSeconds: 3600,
        budgets: [
          { share: 0.2, reasons: ["Empty", "Drifted"] },
          { nodes: 0, windows: [[9 * 3600, 17 * 3600]] },
        ],
      });
    }
    expect(cluster.quotas).toEqual([{ nodePools: cluster.nodePools.map(({ name }) => name), gpus: 24, cpuCores: 400 }]);
    // The model was measured on H100.
    expect(cluster.deployments[0]?.nodePools).toEqual(cluster.nodePools.slice(0, 2).map(({ name }) => name));
    expect(warnings).toEqual([]);
    expect(said).toContain("gpu: priority is 20, from pool.yaml:5.");
  });

  it.each([
    { only: [requirement("karpenter.sh/capacity-type", "In", "on-demand")], left: [0, 2], because: "spot is not bought" },
    { only: [requirement("karpenter.sh/capacity-type", "NotIn", "on-demand")], left: [1], because: "only spot is" },
    { only: [requirement("node.kubernetes.io/instance-type", "In", "p5.48xlarge")], left: [0, 1], because: "one machine type" },
    { only: [requirement("topology.kubernetes.io/zone", "NotIn", "us-east-1a")], left: [2], because: "another zone" },
    { only: [requirement("failure-domain.beta.kubernetes.io/zone", "In", "us-east-1b")], left: [2], because: "the older name of the zone" },
    {
      only: [requirement("karpenter.k8s.aws/instance-family", "In", "p5", "p6-b200")],
      left: [0, 1],
      because: "the family stands in the type",
    },
    { only: [requirement("karpenter.k8s.aws/instance-generation", "Gt", "4")], left: [0, 1], because: "so does the generation" },
    { only: [requirement("karpenter.k8s.aws/instance-cpu", "Lt", "192")], left: [2], because: "below is not equal" },
    { only: [requirement("karpenter.k8s.aws/instance-cpu", "Lte", "192")], left: [0, 1, 2], because: "at most is" },
    { only: [requirement("karpenter.k8s.aws/instance-gpu-count", "Gte", "8")], left: [0, 1, 2], because: "all have eight" },
    { only: [requirement("karpenter.k8s.aws/instance-gpu-name", "In", "a100")], left: [2], because: "without the size of its memory" },
    {
      only: [requirement("kubernetes.io/arch", "In", "amd64"), requirement("kubernetes.io/os", "Exists")],
      left: [0, 1, 2],
      because: "x86 is assumed",
    },
    { only: [requirement("example.com/team", "In", "search")], left: [0, 1, 2], because: "the NodePool puts its own labels on every node" },
  ])("leaves out what its requirements exclude: $because", ({ only, left }) => {
    const all = ["gpu-p5.48xlarge-us-east-1a", "gpu-p5.48xlarge-us-east-1a-spot", "gpu-p4d.24xlarge-us-east-1b"];
    const kept = left.map((index) => all[index]);
    expect(names(nodePool({ requirements: `[${only.join(", ")}]` }))).toEqual(kept.length === 1 ? ["gpu"] : kept);
  });

  it("says which machines it left out and why, and warns of requirements that nothing is known about", () => {
    const requirements = `[${requirement("karpenter.sh/capacity-type", "In", "spot")}, ${requirement("topology.kubernetes.io/region", "In", "us-east-1")}]`;
    const { said, warnings } = clusterOf(nodePool({ requirements }));
    expect(said).toContain("gpu: p4d.24xlarge-us-east-1b is left out by karpenter.sh/capacity-type In spot of gpu.");
    expect(warnings.map(({ code, line, data }) => [code, line, data?.["what"]])).toEqual([
      ["manifest_not_modelled", 8, "the requirement on topology.kubernetes.io/region"],
    ]);
  });

  it("is refused where it allows none of the machines, with the reasons", () => {
    const [issue, ...others] = refusals(nodePool({ requirements: `[${requirement("kubernetes.io/arch", "In", "arm64")}]` }));
    expect(others).toEqual([]);
    expect(issue).toMatchObject({ code: "node_pool_without_offering", data: { reasons: ["kubernetes.io/arch In arm64"] } });
    expect(refusals(nodePool({ spec: "  limits: { nvidia.com/gpu: 4 }\n" }))).toMatchObject([{ data: { reasons: ["limits"] } }]);
  });

  it("may stand for one machine, whose keys are the pool's own, and gives max by its limits", () => {
    const own = { pool: "gpu: H100\n    gpusPerNode: 8\n    pricePerGpuHour: 2.5\n    karpenter: { expireAfter: 1h }" };
    const { cluster } = clusterOf(nodePool({ spec: "  limits: { nvidia.com/gpu: 28 }\n", template: "      expireAfter: 720h\n" }), own);
    expect(cluster.nodePools).toMatchObject([{ name: "gpu", maxNodes: 3, karpenter: { nodePool: "gpu", expireAfterSeconds: 3600 } }]);
    const [issue] = refusals(nodePool(), own);
    expect(issue).toMatchObject({ code: "missing_key", path: ["nodePools", 0, "max"] });
  });

  it("warns of what has no effect, and of limits that cannot bind", () => {
    const manifest = nodePool({
      spec: "  limits: { memory: 4Ti, ephemeral-storage: 1Ti }\n  disruption: { consolidationPolicy: Balanced }\n",
      template: "      startupTaints: [{ key: node.cilium.io/agent-not-ready, effect: NoExecute }]\n",
    });
    const { warnings, cluster, said } = clusterOf(manifest);
    expect(warnings.map(({ line, data }) => [line, data?.["what"]])).toEqual([
      [6, "the policy Balanced"],
      [10, "what takes the startupTaints away"],
      [5, "the limit of ephemeral-storage"],
      [5, "the limit of memory"],
    ]);
    expect(cluster.quotas).toBeUndefined();
    expect(said).toContain("of the manifest, these change nothing here: nodeClassRef.");
  });

  it("is read from the file that a scenario names, its own object of several", () => {
    const two = `${nodePool()}---\n${nodePool().replace("name: gpu", "name: cpu")}`;
    expect(refusals(two)).toMatchObject([{ code: "object_ambiguous", file: "pool.yaml" }]);
    expect(refusals("apiVersion: v1\nkind: Service\nmetadata: { name: x }\n")).toMatchObject([{ code: "object_not_in_file" }]);
    expect(refusals(nodePool().replace("karpenter.sh/v1", "karpenter.sh/v1beta1"))).toMatchObject([
      { code: "deployment_manifest_api_version" },
    ]);
    const text = "nodePools: [{ manifest: a.yaml, scheduled: { manifest: b.yaml } }, { scheduled: [{ manifest: c.yaml }] }]";
    expect(manifestsOf(text, "scenario.yaml")).toEqual(["a.yaml", "b.yaml", "c.yaml"]);
  });

  it("speaks of offerings where they are written", () => {
    const pool =
      "max: 4\n    offerings: [{ gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2 }, { gpu: H100, gpusPerNode: 8, pricePerGpuHour: 3, tier: gold }]";
    expect(refusals(nodePool(), { pool })).toMatchObject([
      { code: "unknown_key", path: ["nodePools", 0, "offerings", 1, "tier"], line: 9 },
    ]);
    expect(parse("", { pool: "offerings: [{ gpu: H100 }]" }).ok).toBe(false);
    const result = parseScenario("nodePools: [{ offerings: [{ gpu: H100 }] }]", "s.yaml");
    expect(result.ok ? [] : result.issues.map(({ code }) => code)).toContain("offerings_without_manifest");
  });

  it("warns of a taint that a deployment's manifest does not tolerate", () => {
    const tainted = nodePool({ template: "      taints: [{ key: nvidia.com/gpu, value: present, effect: NoSchedule }]\n" });
    const workload = (tolerations: string): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: chat }
spec: { template: { spec: { tolerations: [${tolerations}], containers: [{ name: vllm, image: vllm/vllm-openai, readinessProbe: {} }] } } }
`;
    const warned = (tolerations: string): readonly string[] => {
      const scenario = `replicast: 1
name: tiny
duration: 1h
traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 100, output: 50 } }]
deployments: [{ manifest: chat.yaml, model: llama-2-70b_h100_tp4, engine: {} }]
nodePools: [{ manifest: pool.yaml, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2, max: 2 }]
policies: [{ name: two, kind: fixed, replicas: 2 }]
slo: { ttft: "p(95)<2s" }
`;
      const result = parseScenario(scenario, "s.yaml", [], (name) => (name === "pool.yaml" ? tainted : workload(tolerations)));
      if (!result.ok) throw new Error(formatIssues(result.issues));
      return result.warnings.filter(({ code }) => code === "taint_not_tolerated").map(({ data }) => String(data?.["taint"]));
    };
    expect(warned("")).toEqual(["nvidia.com/gpu=present:NoSchedule"]);
    expect(warned("{ key: nvidia.com/gpu, operator: Exists, effect: NoExecute }")).toHaveLength(1);
    expect(warned("{ key: nvidia.com/gpu, value: other }")).toHaveLength(1);
    expect(warned("{ key: nvidia.com/gpu, operator: Exists }")).toEqual([]);
    expect(warned("{ key: nvidia.com/gpu, value: present, effect: NoSchedule }")).toEqual([]);
    expect(warned("{ operator: Exists }")).toEqual([]);
  });
});

describe("a NodePool that the API server refuses", () => {
  it("is told all at once, each with its line and the server's words", () => {
    const manifest = `apiVersion: karpenter.sh/v1
kind: NodePool
metadata: { name: gpu }
spec:
  weight: 101
  limits: { cpu: lots }
  disruption:
    consolidationPolicy: Whenever
    consolidateAfter: 5 minutes
    budgets:
      - { nodes: 3 }
      - { nodes: 101%, duration: 30s }
  template:
    spec:
      expireAfter: 720
      requirements:
        - { key: karpenter.sh/capacity-type, operator: Is, values: [spot] }
        - { operator: Exists }
      taints: [{ key: nvidia.com/gpu, effect: NoRun }]
`;
    const found = refusals(manifest);
    expect(found.map(({ code, line, data }) => `${code} ${line} ${String(data?.["field"])}: ${String(data?.["detail"])}`)).toEqual([
      "object_field_invalid 5 spec.weight: Invalid value: 101: spec.weight in body should be less than or equal to 100",
      'object_field_invalid 6 spec.limits.cpu: Invalid value: "lots": quantities must match the regular expression of resource quantities, as 64, 500m or 80Gi',
      'object_field_invalid 8 spec.disruption.consolidationPolicy: Unsupported value: "Whenever": supported values: "WhenEmpty", "WhenEmptyOrUnderutilized", "Balanced"',
      "object_field_invalid 9 spec.disruption.consolidateAfter: Invalid value: \"5 minutes\": spec.disruption.consolidateAfter in body should match '^(([0-9]+(s|m|h))+|Never)$'",
      'object_field_invalid 11 spec.disruption.budgets[0].nodes: Invalid value: "integer": spec.disruption.budgets[0].nodes in body must be of type string: "integer"',
      "object_field_invalid 12 spec.disruption.budgets[1].nodes: Invalid value: \"101%\": spec.disruption.budgets[1].nodes in body should match '^((100|[0-9]{1,2})%|[0-9]+)$'",
      "object_field_invalid 12 spec.disruption.budgets[1].duration: Invalid value: \"30s\": spec.disruption.budgets[1].duration in body should match '^((([0-9]+(h|m))|([0-9]+h[0-9]+m))(0s)?)$'",
      "object_field_invalid 15 spec.template.spec.nodeClassRef: Required value",
      'object_field_invalid 15 spec.template.spec.expireAfter: Invalid value: "integer": spec.template.spec.expireAfter in body must be of type string: "integer"',
      'object_field_invalid 17 spec.template.spec.requirements[0].operator: Unsupported value: "Is": supported values: "In", "NotIn", "Exists", "DoesNotExist", "Gt", "Lt", "Gte", "Lte"',
      "object_field_invalid 18 spec.template.spec.requirements[1].key: Required value",
      'object_field_invalid 19 spec.template.spec.taints[0].effect: Unsupported value: "NoRun": supported values: "NoSchedule", "PreferNoSchedule", "NoExecute"',
    ]);
    for (const issue of found) expect(describeIssue(issue).hint).toBeTruthy();
  });

  it.each([
    { requirements: `[${requirement("a", "In")}]`, says: "requirements with operator 'In' must have a value defined" },
    { requirements: `[${requirement("a", "Gt", "x")}]`, says: "must have a single positive integer value" },
    { requirements: `[${requirement("karpenter.sh/nodepool", "In", "x")}]`, says: 'label "karpenter.sh/nodepool" is restricted' },
    { requirements: `[${requirement("karpenter.sh/team", "In", "x")}]`, says: 'label domain "karpenter.sh" is restricted' },
    { requirements: `[${requirement("karpenter.sh/capacity-type", "In", "cheap")}]`, says: "expected one of: on-demand, spot, reserved" },
    { requirements: "[{ key: a, operator: In, values: [b], minValues: 2 }]", says: "requirements with 'minValues' must have at least" },
    { spec: "  disruption: { budgets: [{ nodes: '1', schedule: '@daily' }] }\n", says: "'schedule' must be set with 'duration'" },
    { spec: "  replicas: 2\n  weight: 3\n", says: "'weight' is not supported on static NodePools" },
    { spec: "  replicas: 2\n  limits: { cpu: 3 }\n", says: "only 'limits.nodes' is supported on static NodePools" },
    {
      template: "      taints: [{ key: a, effect: NoSchedule }]\n      startupTaints: [{ key: a, effect: NoSchedule }]\n",
      says: "duplicate taint Key/Effect pair a=NoSchedule",
    },
  ])("says: $says", ({ says, ...parts }) => {
    const [issue] = refusals(nodePool(parts));
    expect(String(issue?.data?.["detail"])).toContain(says);
    expect(issue?.line).toBeGreaterThan(3);
  });

  it("warns of a field that it does not know", () => {
    const { warnings } = clusterOf(nodePool({ spec: "  wieght: 3\n" }));
    expect(warnings).toMatchObject([{ code: "object_field_unknown", line: 5, data: { field: "spec.wieght", nearest: ["weight"] } }]);
  });

  it("may have a schedule that only the controller cannot read", () => {
    const parsed = parse(nodePool({ spec: "  disruption: { budgets: [{ nodes: '1', schedule: '0 25 * * *', duration: 1h }] }\n" }), {
      pool: "",
    });
    if (!parsed.ok) throw new Error("refused too early");
    const result = buildPlan(parsed.spec, { startEpochSeconds: 0, zone: () => undefined, parsePolicy: () => ({ ok: true, config: {} }) });
    const issues = result.ok ? [] : parsed.locate(result.issues.filter(({ code }) => code === "invalid_cron"));
    expect(issues[0]).toMatchObject({ file: "pool.yaml", line: 5 });
  });
});
