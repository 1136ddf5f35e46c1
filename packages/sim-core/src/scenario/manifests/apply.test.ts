import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Issue } from "../../errors.ts";
import { formatIssues } from "../../messages.ts";
import { type ParseScenarioResult, parseScenario } from "../parse.ts";
import type { DeploymentSpec } from "../spec.ts";
import { checkManifest } from "./apply.ts";

const POOLS = "[{ name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2 }]";

interface Setting {
  /** Beside `manifest: chat.yaml`. */
  readonly deployment?: string;
  readonly pools?: string;
  readonly policies?: string;
  readonly set?: readonly string[];
}

function parse(manifest: string, { deployment = "", pools = POOLS, policies = "", set = [] }: Setting = {}): ParseScenarioResult {
  const scenario = `replicast: 1
name: tiny
duration: 10m
traffic: [{ arrivals: { kind: poisson, rate: 1/s }, lengths: { prompt: 100, output: 50 } }]
deployments: [{ manifest: chat.yaml${deployment === "" ? "" : `, ${deployment}`} }]
nodePools: ${pools}
policies: [{ name: two, kind: fixed, replicas: 2 }${policies}]
slo: { ttft: "p(95)<2s" }
`;
  return parseScenario(scenario, "scenario.yaml", set, (name) => (name === "chat.yaml" ? manifest : undefined));
}

function read(
  manifest: string,
  setting?: Setting,
): { readonly spec: DeploymentSpec; readonly warnings: readonly Issue[]; readonly said: string } {
  const result = parse(manifest, setting);
  if (!result.ok) throw new Error(formatIssues(result.issues));
  return { spec: result.spec.deployments[0] as DeploymentSpec, warnings: result.warnings, said: result.assumptions.join("\n") };
}

const refusals = (manifest: string, setting?: Setting): readonly Issue[] => {
  const result = parse(manifest, setting);
  if (result.ok) throw new Error("accepted");
  return result.issues;
};

const codes = (issues: readonly Issue[]): readonly (readonly unknown[])[] => issues.map(({ code, file, line }) => [code, file, line]);

/** A Deployment of one container with a readiness probe; `pod` and `container` are lines of YAML, already indented. */
const deployment = ({ args = "[]", container = "", pod = "", top = "" } = {}): string => `apiVersion: apps/v1
kind: Deployment
metadata: { name: chat }
spec:
  replicas: 3
${top}  template:
    metadata: { labels: { app: chat } }
    spec:
${pod}      containers:
        - name: server
          image: vllm/vllm-openai:latest
          args: ${args}
          readinessProbe: { httpGet: { path: /health, port: 8000 }, periodSeconds: 5 }
${container}`;
const GPU = "          resources: { limits: { nvidia.com/gpu: 1, cpu: 6, memory: 48Gi } }\n";
const MODEL = "meta-llama/Llama-3.1-8B-Instruct";
const SERVED = `[--model=${MODEL}]`;

describe("a deployment's manifest", () => {
  it("gives name, model, replicas and much of the rest, each with its place", () => {
    const args = `["--model=${MODEL}", "--max-num-seqs", "64", "--max-num-batched-tokens=4096", --block-size=32, --no-enable-prefix-caching]`;
    const { spec, warnings, said } = read(deployment({ args, container: GPU, pod: "      terminationGracePeriodSeconds: 90\n" }));
    expect(spec).toEqual({
      manifest: "chat.yaml",
      name: "chat",
      model: "llama-3.1-8b_h100_tp1",
      replicas: 3,
      engine: { maxSequences: 64, maxBatchedTokens: 4096, blockTokens: 32, prefixCaching: false },
      readiness: { period: 5 },
      shutdown: { grace: 90, onTerminate: "abort" },
      resources: { cpu: 6, memory: 48 * 1024 ** 3 },
    });
    expect(warnings).toEqual([]);
    expect(said).toContain("chat: engine.maxSequences is 64, from chat.yaml:13 (--max-num-seqs).");
    expect(said).toContain("chat: shutdown.grace is 90s, from chat.yaml:9.");
  });

  it("yields to what the scenario says itself, key by key", () => {
    const manifest = deployment({ args: `[--model=${MODEL}, --max-num-seqs=64, --block-size=32]`, container: GPU });
    const { spec, said } = read(manifest, { deployment: "replicas: 1, engine: { maxSequences: 8 }, shutdown: { onTerminate: drain }" });
    expect(spec).toMatchObject({ replicas: 1, engine: { maxSequences: 8, blockTokens: 32 }, shutdown: { onTerminate: "drain" } });
    expect(said).not.toMatch(/maxSequences|onTerminate|replicas/);
  });

  it("yields to --set, also for what the scenario leaves out", () => {
    const manifest = deployment({ args: `[--model=${MODEL}, --max-num-seqs=64]`, container: GPU });
    expect(read(manifest, { set: ["deployments[0].engine.maxSequences=16"] }).spec.engine?.maxSequences).toBe(16);
  });

  it("is told where it stands when a value is none", () => {
    const args = `[--model=${MODEL}, --gpu-memory-utilization=95]`;
    expect(refusals(deployment({ args, container: GPU }))).toMatchObject([
      { code: "invalid_share", path: ["deployments", 0, "engine", "gpuMemoryUtilization"], file: "chat.yaml", line: 12 },
    ]);
  });

  it("is one replica when it does not say how many, as in Kubernetes", () => {
    const manifest = deployment({ args: SERVED, container: GPU }).replace("  replicas: 3\n", "");
    expect(read(manifest).spec.replicas).toBe(1);
  });

  it("is missing, empty, broken or of another kind: each is said, and no key is asked for besides", () => {
    expect(codes(refusals("", { set: ["deployments[0].manifest=other.yaml"] })).map(([code]) => code)).toEqual([
      "deployment_manifest_missing",
    ]);
    expect(codes(refusals(""))).toEqual([["deployment_manifest_no_workload", "chat.yaml", 1]]);
    expect(codes(refusals("- a\n"))).toEqual([["deployment_manifest_not_an_object", "chat.yaml", 1]]);
    expect(codes(refusals("a: {{ .Values.x }}\n")).map(([, file]) => file)).toContain("chat.yaml");
    expect(codes(refusals("kind: HorizontalPodAutoscaler\napiVersion: autoscaling/v2\n")).map(([code]) => code)).toEqual([
      "deployment_manifest_no_workload",
    ]);
    expect(codes(refusals(deployment().replace("apps/v1", "apps/v1beta1"))).map(([code]) => code)).toEqual([
      "deployment_manifest_api_version",
    ]);
    expect(codes(refusals("apiVersion: apps/v1\nkind: Deployment\nmetadata: { name: x }\nspec: {}\n")).map(([code]) => code)).toEqual([
      "deployment_manifest_no_container",
    ]);
    expect(codes(refusals("\0"))).toEqual([["not_text", "chat.yaml", undefined]]);
  });
});

describe("several documents", () => {
  const chat = deployment({ args: SERVED, container: GPU });
  const other = chat.replace("name: chat }", "name: embed }").replace("replicas: 3", "replicas: 7");

  it("are read as charts and kubectl print them: comments, empty documents, Lists", () => {
    expect(read(`---\n# Source: a/b.yaml\n---\n${chat}---\n\n`).spec.name).toBe("chat");
    const list = `apiVersion: v1\nkind: List\nitems:\n  - ${chat.trimEnd().replaceAll("\n", "\n    ")}\n`;
    const { spec, said } = read(list);
    expect(spec.name).toBe("chat");
    expect(said).toContain("chat: replicas is 3, from chat.yaml:8.");
  });

  it("of one kind are told apart by the deployment's name", () => {
    expect(read(`${chat}---\n${other}`, { deployment: "name: embed" }).spec.replicas).toBe(7);
    expect(codes(refusals(`${chat}---\n${other}`)).map(([code]) => code)).toEqual(["deployment_manifest_ambiguous"]);
  });

  it("say what lies beside: known kinds in one line, others by name, policies that nobody reads", () => {
    const hpa =
      "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: { name: h }\nspec: { scaleTargetRef: { name: chat } }\n";
    const beside = `${chat}---\napiVersion: v1\nkind: Secret\n---\napiVersion: x/v1\nkind: Rollout\n---\n${hpa}`;
    const { warnings, said } = read(beside);
    expect(codes(warnings).map(([code]) => code)).toEqual(["manifest_not_modelled", "manifest_policy_unread"]);
    expect(said).toMatch(/change nothing here: .*Secret/);
    expect(codes(read(beside, { policies: ", { name: h, kind: hpa, manifest: chat.yaml }" }).warnings)).toHaveLength(1);
  });

  it("name the Service: its pods get connections at random, or by client", () => {
    const service = (spec: string) =>
      `${chat}---\napiVersion: v1\nkind: Service\nmetadata: { name: s }\nspec: { selector: { app: chat }${spec} }\n`;
    expect(read(service("")).spec.gateway).toEqual({ routing: "random" });
    expect(read(service(", sessionAffinity: ClientIP")).spec.gateway).toEqual({ routing: "sessionAffinity" });
    expect(read(service(", clusterIP: None")).spec.gateway).toBeUndefined();
    expect(read(service("").replace("selector: { app: chat }", "selector: { app: web }")).spec.gateway).toBeUndefined();
    const pool =
      "---\napiVersion: inference.networking.k8s.io/v1\nkind: InferencePool\nspec: { selector: { matchLabels: { app: chat } } }\n";
    expect(read(`${service("")}${pool}`).spec.gateway).toEqual({ routing: "inferenceGateway" });
  });

  it("explain why a deletion cost changes nothing", () => {
    const cost = chat.replace("labels:", "annotations: { controller.kubernetes.io/pod-deletion-cost: '5' }, labels:");
    const { said, warnings } = read(cost);
    expect(said).toMatch(/pod-deletion-cost 5 of the template is the same for every pod/);
    expect(warnings).toEqual([]);
  });
});

describe("vLLM's command line", () => {
  const sh = (script: string) =>
    deployment({ container: GPU }).replace(
      "args: []",
      `command: [/bin/sh, -c]\n          args:\n            - |\n${script.replaceAll(/^/gm, "              ")}`,
    );

  it.each([
    { args: `[${MODEL}, --max-num-seqs=8]`, because: "arguments of the image" },
    { args: `[serve, ${MODEL}, --max-num-seqs, "8"]`, because: "a sub-command of the image" },
    { args: `[--model, ${MODEL}, --max_num_seqs, 8]`, because: "numbers without quotes, underscores" },
  ])("is read from $args: $because", ({ args }) => {
    expect(read(deployment({ args, container: GPU })).spec).toMatchObject({ model: "llama-3.1-8b_h100_tp1", engine: { maxSequences: 8 } });
  });

  it.each([
    `vllm serve ${MODEL} --max-num-seqs 8`,
    `# a\nset -e\nexec vllm serve ${MODEL} \\\n  --max-num-seqs 8`,
    `ray start --head --port 1 &\npython3 -m vllm.entrypoints.openai.api_server --model ${MODEL} --max-num-seqs=8`,
    `N=8; vllm serve "${MODEL}" --max-num-seqs "\${N}" | tee log`,
  ])("is found in the script %j", (script) => {
    const { spec } = read(sh(script));
    expect(spec).toMatchObject({ model: "llama-3.1-8b_h100_tp1", engine: { maxSequences: 8 } });
  });

  it("is read with the container's variables, also from a ConfigMap in the file", () => {
    const env = `          env:
            - { name: SEQS, value: "8" }
            - { name: MODEL, valueFrom: { configMapKeyRef: { name: settings, key: model } } }
          envFrom: [{ configMapRef: { name: settings } }]
`;
    const settings = `---\napiVersion: v1\nkind: ConfigMap\nmetadata: { name: settings }\ndata: { model: ${MODEL}, TOKENS: "512" }\n`;
    const args = "[--model=$(MODEL), --max-num-seqs=$(SEQS), --max-num-batched-tokens=$(TOKENS)]";
    const { spec } = read(`${deployment({ args, container: GPU + env })}${settings}`);
    expect(spec).toMatchObject({ model: "llama-3.1-8b_h100_tp1", engine: { maxSequences: 8, maxBatchedTokens: 512 } });
  });

  it("points at the line of a flag within a script", () => {
    const { warnings } = read(sh(`vllm serve ${MODEL} \\\n  --port 80 \\\n  --enforce-eager`));
    expect(codes(warnings)).toEqual([["manifest_not_modelled", "chat.yaml", 17]]);
  });

  it("is refused where the server would refuse it", () => {
    const refused = (args: string) => codes(refusals(deployment({ args, container: GPU }))).map(([code]) => code);
    expect(refused(`[--model=${MODEL}, "--max-num-seqs 8"]`)).toEqual(["manifest_flag_glued"]);
    expect(refused(`[--model=${MODEL}, --max-num-seqs=$(SEQS)]`)).toEqual(["manifest_flag_invalid"]);
    expect(refused(`[--model=${MODEL}, --tensor-parallel-size=0]`)).toEqual(["manifest_flag_invalid"]);
    expect(refused(`[--model=${MODEL}, --scheduling-policy=lifo]`)).toEqual(["unknown_value"]);
    expect(refused(`[--model=${MODEL}, --tensor-parallel-size=2]`)).toEqual(["manifest_gpus_short"]);
  });

  it("says which flags are not simulated, and passes over those that change nothing", () => {
    const args = `[--model=${MODEL}, --enforce-eager, --host=0.0.0.0, --disable-log-requests, --trust-remote-code, --some-new-flag=3, --max-model-len=auto]`;
    const { warnings, said } = read(deployment({ args, container: GPU }));
    expect(warnings.map(({ data }) => data?.["what"])).toEqual(["--enforce-eager", "--some-new-flag"]);
    expect(said).toMatch(/change nothing here: --disable-log-requests, --host, --trust-remote-code/);
  });

  it.each([
    { flags: "--max-model-len=32k", spec: { engine: { maxModelTokens: 32_000 } } },
    { flags: "--num-gpu-blocks-override=900", spec: { engine: { kvBlocks: 900 } } },
    { flags: "--long-prefill-token-threshold=512", spec: { engine: { longPrefillTokenThreshold: 512 } } },
    { flags: "--scheduling-policy=priority", spec: { engine: { scheduling: "priority" } } },
    { flags: "--gpu-memory-utilization=0.8", spec: { engine: { gpuMemoryUtilization: 0.8 } } },
    { flags: "--enable-prefix-caching", spec: { engine: { prefixCaching: true } } },
    { flags: "--served-model-name=llama", spec: { engine: { servedModelName: "llama" } } },
    { flags: "--shutdown-timeout=20", spec: { shutdown: { onTerminate: "drain", grace: 20 } } },
    { flags: "--shutdown-timeout=60", spec: { shutdown: { onTerminate: "drain" } } },
  ])("$flags means $spec", ({ flags, spec }) => {
    expect(read(deployment({ args: `[--model=${MODEL}, ${flags}]`, container: GPU })).spec).toMatchObject(spec);
  });

  it("says which variables choose kernels, and passes over the others", () => {
    const env =
      "          env: [{ name: VLLM_ATTENTION_BACKEND, value: X }, { name: VLLM_USE_V1, value: '1' }, { name: VLLM_API_KEY, value: x }]\n";
    const { warnings } = read(deployment({ args: SERVED, container: GPU + env }));
    expect(warnings.map(({ data }) => data?.["what"])).toEqual(["VLLM_ATTENTION_BACKEND"]);
  });

  it("changes the bytes of weights and cache", () => {
    const shape = (flags: string) =>
      (read(deployment({ args: `[--model=${MODEL}, ${flags}]`, container: GPU })).spec.model as { shape: object }).shape;
    expect(shape("--quantization=fp8")).toMatchObject({ parameters: 8.03e9, bytesPerParameter: 1, kvBytesPerValue: 2 });
    expect(shape("--kv-cache-dtype=fp8")).toMatchObject({ bytesPerParameter: 2, kvBytesPerValue: 1 });
    expect(shape("--dtype=float32")).toMatchObject({ bytesPerParameter: 4 });
    expect(read(deployment({ args: `[--model=${MODEL}, --dtype=bfloat16]`, container: GPU })).spec.model).toBe("llama-3.1-8b_h100_tp1");
  });
});

describe("model and GPUs", () => {
  const two =
    "[{ name: a, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2, max: 2 }, { name: b, gpu: L4, gpusPerNode: 1, pricePerGpuHour: 1, max: 2 }]";
  const on = (pod: string) => deployment({ args: SERVED, container: GPU, pod });

  it("follow from the nodes the pod selects", () => {
    expect(read(on("      nodeSelector: { cloud.google.com/gke-accelerator: nvidia-l4 }\n"), { pools: two }).spec.model).toEqual({
      shape: "llama-3.1-8b",
      gpu: "L4",
      gpusPerReplica: 1,
    });
    const named = read(on("      nodeSelector: { cloud.google.com/gke-nodepool: b, kubernetes.io/os: linux }\n"), { pools: two });
    expect(named.spec).toMatchObject({ nodePools: ["b"], model: { gpu: "L4" } });
    expect(named.warnings).toEqual([]);
    expect(codes(read(on("      nodeSelector: { team: ml }\n")).warnings).map(([code]) => code)).toEqual(["manifest_not_modelled"]);
  });

  it("are asked for when neither manifest nor pools tell", () => {
    expect(codes(refusals(on(""), { pools: two })).map(([code]) => code)).toEqual(["manifest_gpu_unknown"]);
    expect(read(on(""), { pools: two, deployment: "model: { gpu: L4 }" }).spec.model).toMatchObject({ gpu: "L4", shape: "llama-3.1-8b" });
    const unknown = deployment({ args: "[--model=acme/own]", container: GPU });
    expect(codes(refusals(unknown))).toEqual([["manifest_model_unknown", "chat.yaml", 12]]);
    expect(read(unknown, { deployment: "model: { shape: qwen3-14b }" }).spec.model).toEqual({
      shape: "qwen3-14b",
      gpu: "H100",
      gpusPerReplica: 1,
    });
  });

  it("are those of a preset where one was measured; the scenario's own model counts, and is compared", () => {
    const gpus = (count: number) =>
      deployment({ args: `[--model=${MODEL}, -tp=${count}]`, container: GPU.replace("gpu: 1", `gpu: ${count}`) });
    expect(read(gpus(2)).spec.model).toBe("llama-3.1-8b_h100_tp2");
    expect(read(gpus(4)).spec.model).toEqual({ shape: "llama-3.1-8b", gpu: "H100", gpusPerReplica: 4 });
    const { spec, warnings } = read(gpus(2), { deployment: "model: llama-3.1-8b_h100_tp1" });
    expect(spec.model).toBe("llama-3.1-8b_h100_tp1");
    expect(codes(warnings).map(([code]) => code)).toEqual(["manifest_differs"]);
  });

  it("show GPUs that are paid for and not used", () => {
    const { spec, warnings } = read(deployment({ args: SERVED, container: GPU.replace("gpu: 1", "gpu: 2") }));
    expect(spec.model).toBe("llama-3.1-8b_h100_tp2");
    expect(codes(warnings).map(([code]) => code)).toEqual(["manifest_gpus_idle"]);
  });

  it("of another server than vLLM are the scenario's, with all else from the manifest", () => {
    const triton = deployment({ args: "[tritonserver]", container: GPU }).replace(
      "vllm/vllm-openai:latest",
      "nvcr.io/nvidia/tritonserver:24.01-py3",
    );
    const { spec, warnings } = read(triton, { deployment: "model: { shape: llama-3.1-8b, gpu: H100 }" });
    expect(spec).toMatchObject({ replicas: 3, model: { gpusPerReplica: 1 }, readiness: { period: 5 } });
    expect(spec.shutdown?.onTerminate).toBeUndefined();
    expect(warnings.map(({ data }) => data?.["what"])).toEqual(["the server of the image nvcr.io/nvidia/tritonserver:24.01-py3"]);
  });
});

describe("probes and hooks", () => {
  const withProbes = (container: string) => read(deployment({ args: SERVED, container: GPU + container }));

  it("of a startup give period, delay and deadline", () => {
    const { spec } = withProbes("          startupProbe: { initialDelaySeconds: 20, periodSeconds: 30, failureThreshold: 40 }\n");
    expect(spec.readiness).toEqual({ period: 30, initialDelay: 20 });
    expect(spec.startup).toEqual({ deadline: 1220 });
  });

  it("of liveness kill a slow start where no startup probe protects it", () => {
    expect(withProbes("          livenessProbe: { initialDelaySeconds: 60 }\n").spec.startup).toEqual({ deadline: 90 });
  });

  it("that are no numbers are refused, like a count of GPUs or a grace period", () => {
    const refused = (container: string, pod = "") => codes(refusals(deployment({ args: SERVED, container, pod }))).map(([code]) => code);
    expect(refused(`${GPU}          startupProbe: { periodSeconds: "\${PERIOD}" }\n`)).toEqual(["manifest_flag_invalid"]);
    expect(refused(GPU.replace("gpu: 1", `gpu: "\${GPUS}"`))).toEqual(["manifest_flag_invalid"]);
    expect(refused(GPU, "      terminationGracePeriodSeconds: -1\n")).toEqual(["manifest_flag_invalid"]);
    expect(refused(GPU.replace("48Gi", "plenty"))).toEqual(["manifest_flag_invalid"]);
  });

  it("that are missing or lenient are warned of", () => {
    const bare = deployment({ args: SERVED, container: GPU }).replace(/ +readinessProbe.*\n/, "");
    expect(codes(read(bare).warnings).map(([code]) => code)).toEqual(["manifest_no_readiness_probe"]);
    const lenient = deployment({ args: SERVED, container: GPU }).replace("periodSeconds: 5", "periodSeconds: 5, successThreshold: 3");
    expect(read(lenient).warnings.map(({ data }) => data?.["what"])).toEqual(["readinessProbe.successThreshold 3"]);
  });

  it.each([
    ["sleep: { seconds: 15 }", 15],
    ["exec: { command: [sleep, '20'] }", 20],
    ["exec: { command: [/bin/sh, -c, sleep 25] }", 25],
    ["exec: { command: [/bin/sh, -c, /scripts/drain.sh] }", undefined],
  ])("preStop { %s } sleeps %s s", (hook, seconds) => {
    const { spec, warnings } = withProbes(`          lifecycle: { preStop: { ${hook} } }\n`);
    expect(spec.shutdown?.preStop).toBe(seconds);
    expect(warnings).toHaveLength(seconds === undefined ? 1 : 0);
  });

  it("run beside what is not simulated: init containers, affinity, priorities", () => {
    const pod =
      "      initContainers: [{ name: download }]\n      priorityClassName: high\n      someNewField: 1\n      volumes: []\n" +
      "      affinity: { podAntiAffinity: {}, nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 1 }] } }\n";
    expect(read(deployment({ args: SERVED, container: GPU, pod })).warnings.map(({ data }) => data?.["what"])).toEqual([
      "this node affinity",
      "the init container download",
      "priorityClassName",
      "someNewField",
      "podAntiAffinity",
    ]);
  });
});

describe("sets of pods", () => {
  const template = (text: string) => text.replace(/^/gm, "  ");

  it("of a LeaderWorkerSet are one replica over several nodes", () => {
    const body = deployment({ args: `[--model=${MODEL}, -tp=8, -pp=2]`, container: GPU.replace("gpu: 1", "gpu: 8") });
    const pod = body.slice(body.indexOf("  template:\n") + "  template:\n".length);
    const set = `apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata: { name: vllm }
spec:
  replicas: 1
  leaderWorkerTemplate:
    size: 2
    leaderTemplate:
${template(pod)}
    workerTemplate: { spec: { containers: [{ name: worker, resources: { limits: { nvidia.com/gpu: 8 } } }] } }
`;
    const { spec, warnings } = read(set);
    expect(spec).toMatchObject({ name: "vllm", replicas: 1, nodesPerReplica: 2, model: { gpusPerReplica: 16, shape: "llama-3.1-8b" } });
    expect(warnings.map(({ data }) => data?.["what"])).toEqual(["--pipeline-parallel-size"]);
  });

  it("of a LeaderWorkerSet without GPUs on the leader take the workers' nodes only", () => {
    const worker = "{ name: worker, resources: { limits: { nvidia.com/gpu: 8 } } }";
    const set = (leader: string, size: string) => `apiVersion: leaderworkerset.x-k8s.io/v1
kind: LeaderWorkerSet
metadata: { name: vllm }
spec:
  leaderWorkerTemplate:
    size: ${size}
    leaderTemplate: { spec: { containers: [{ image: vllm/vllm-openai:latest, args: ["--model=${MODEL}", -tp=16], readinessProbe: {}${leader} }] } }
    workerTemplate: { spec: { containers: [${worker}] } }
`;
    expect(read(set("", "3")).spec).toMatchObject({ nodesPerReplica: 2, model: { gpusPerReplica: 16 } });
    const uneven = refusals(set(", resources: { limits: { nvidia.com/gpu: 4 } }", "2"));
    expect(uneven.map(({ code }) => code)).toEqual(["manifest_gpus_short"]);
  });

  it("of a StatefulSet are read like a Deployment's, with what differs", () => {
    const set = deployment({ args: SERVED, container: GPU }).replace("kind: Deployment", "kind: StatefulSet");
    const { spec, warnings } = read(set);
    expect(spec.replicas).toBe(3);
    expect(warnings.map(({ data }) => data?.["what"])).toEqual(["podManagementPolicy OrderedReady"]);
  });
});

it("a manifest by itself is not asked for what only a scenario knows", () => {
  const unknown = deployment({ args: "[--model=acme/own, --enforce-eager]", container: GPU });
  expect(checkManifest(unknown, "chat.yaml").map(({ code, severity }) => [code, severity])).toEqual([
    ["manifest_not_modelled", "warning"],
    ["manifest_model_unknown", "warning"],
  ]);
  expect(checkManifest("kind: ConfigMap\n", "x.yaml")).toEqual([]);
});

/** Any JSON under any key that is looked at: what people paste is often half of a manifest. */
it("no object makes reading fail: what is wrong is an issue", () => {
  const keys = ["spec", "template", "metadata", "containers", "image", "args", "command", "env", "resources", "limits", "nvidia.com/gpu", "replicas", "startupProbe", "lifecycle", "preStop", "nodeSelector", "affinity", "selector", "labels", "name", "leaderWorkerTemplate", "size"]; // biome-ignore format: one list
  const leaf = fc.oneof(
    fc.constantFrom<unknown>(null, 1, -1, true, "", "vllm/vllm-openai:v0.11.0", "--max-num-seqs", "sh", "-c", "vllm serve $X"),
    fc.string({ maxLength: 5 }),
  );
  const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
    tree: fc.oneof(
      { maxDepth: 6 },
      leaf,
      fc.array(tie("tree"), { maxLength: 3 }),
      fc.dictionary(fc.constantFrom(...keys), tie("tree"), { maxKeys: 6 }),
    ),
  }));
  const kinds = fc.constantFrom(
    ["apps/v1", "Deployment"],
    ["apps/v1", "StatefulSet"],
    ["leaderworkerset.x-k8s.io/v1", "LeaderWorkerSet"],
    ["v1", "Service"],
  );
  const template = fc.record({
    spec: fc.record({
      containers: fc.array(fc.dictionary(fc.constantFrom(...keys), tree), { minLength: 1, maxLength: 2 }),
      nodeSelector: tree,
    }),
  });
  const spec = fc.oneof(
    tree,
    fc.record({ replicas: tree, template, leaderWorkerTemplate: fc.record({ size: tree, workerTemplate: template }) }),
  );
  fc.assert(
    fc.property(kinds, spec, tree, ([apiVersion, kind], body, metadata) => {
      const result = parse(JSON.stringify({ apiVersion, kind, metadata, spec: body }));
      expect(result.ok || result.issues.length > 0).toBe(true);
      expect(formatIssues(result.ok ? result.warnings : result.issues)).not.toContain("undefined");
    }),
    { numRuns: 60 },
  );
});
