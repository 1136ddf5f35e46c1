import { definePolicy, formatIssues, InputError, type Issue, type Policy } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { memoryFiles, pathBeside, scenarioPath } from "./files.ts";
import { type LoadedScenario, type LoadOptions, load } from "./load.ts";

const SCENARIO = `replicast: 1
name: tiny
start: 2026-03-02T06:00:00
timeZone: America/New_York
duration: 1h
traffic:
  - trace: requests.csv
deployments:
  - name: chat
    model: llama-3.1-8b_h100_tp1
    replicas: 2
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2 }
policies:
  - { name: two, kind: constant, replicas: 2, query: "sum(vllm:num_requests_waiting)" }
  - { name: from file, kind: constant, replicas: 3, manifest: manifests/hpa.yaml }
slo: { ttft: "p(95)<2s" }
`;
/** So sparse that the rest of the hour is no surprise. */
const TRACE = "arrival_s,input_tokens,output_tokens\n0,100,10\n600,200,20\n";

interface Config {
  readonly [key: string]: number | string;
  readonly replicas: number;
  readonly query: string;
  readonly text: string;
}

/** Its trace names models. */
const ROUTED = SCENARIO.replace("deployments:", "models: [{ name: fast, targets: [{ deployment: chat }] }]\ndeployments:");

/** Takes what it is given, so that loading can be looked at without any real policy. */
const constant: Policy<Config, null> = definePolicy<Config, null>({
  id: "constant",
  parseConfig(raw, context) {
    const { replicas, query = "", manifest } = raw as { replicas: number; query?: string; manifest?: string };
    if (replicas < 0) return { ok: false, issues: [{ code: "too_small", path: ["replicas"], data: { minimum: 0, actual: replicas } }] };
    const text = manifest === undefined ? "" : (context.readFile(manifest) ?? "");
    if (text.includes("broken"))
      return { ok: false, issues: [{ code: "invalid_yaml", path: [], file: manifest as string, line: 3, column: 1 }] };
    return { ok: true, config: { replicas, query, text } };
  },
  initialState: () => null,
  timers: () => [{ name: "check", periodSeconds: 60 }],
  needs: () => [],
  queries: ({ query }) => (query === "" ? [] : [{ name: "value", kind: "promql", query }]),
  decide: (_observation, state) => ({ state }),
});

/** Asks what the manifest says, if there is one. */
const asking: Policy<Config, null> = {
  ...constant,
  queries: ({ text }) => (text.includes("query:") ? [{ name: "value", kind: "promql", query: "sum(vllm:num_request_waiting)" }] : []),
};

const FILES = { "tiny/scenario.yaml": SCENARIO, "tiny/requests.csv": TRACE, "tiny/manifests/hpa.yaml": "kind: X" };

function loading(
  change: (text: string) => string = (text) => text,
  options: Partial<LoadOptions> & { more?: Record<string, string> } = {},
): Promise<LoadedScenario> {
  const { more = {}, ...rest } = options;
  return load("tiny", { files: memoryFiles({ ...FILES, "tiny/scenario.yaml": change(SCENARIO), ...more }), policies: [constant], ...rest });
}

async function refused(...parameters: Parameters<typeof loading>): Promise<readonly Issue[]> {
  const error: unknown = await loading(...parameters).then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(InputError);
  return (error as InputError).issues;
}

const codes = (issues: readonly Issue[]): readonly string[] => issues.map(({ code }) => code);

describe("load", () => {
  it("reads a folder's scenario, its manifests and its time zone into a frozen plan", async () => {
    const { plan, warnings } = await loading();
    expect(warnings).toEqual([]);
    expect(plan.startEpochSeconds).toBe(Date.parse("2026-03-02T11:00:00Z") / 1000);
    expect(plan.zones.map(({ timeZone }) => timeZone)).toEqual(["America/New_York"]);
    expect(plan.policies[1]?.controllers[0]).toMatchObject({
      kind: "constant",
      deployment: "chat",
      config: { replicas: 3, text: "kind: X" },
    });
    expect(Object.isFrozen(plan.policies[1]?.controllers[0]?.config)).toBe(true);
  });

  it("binds the controllers of a policy to their code", async () => {
    const scenario = await loading();
    expect(scenario.bind("two")).toEqual([
      { deployment: "chat", policy: constant, config: { replicas: 2, query: "sum(vllm:num_requests_waiting)", text: "" } },
    ]);
    expect(() => scenario.bind("tow")).toThrow(InputError);
  });

  it("opens a trace from its beginning every time", async () => {
    const { openTrace } = await loading();
    for (const attempt of [1, 2]) expect(openTrace("requests.csv").read(7), `attempt ${attempt}`).toBe("arrival");
  });

  it("lets the caller choose another trace, seed and value", async () => {
    const { plan, openTrace } = await loading(undefined, {
      trace: "../elsewhere/other.csv",
      seed: "7",
      set: ["duration=30m", "deployments.chat.replicas=1"],
      more: { "../elsewhere/other.csv": TRACE.replace("100", "101") },
    });
    expect(plan).toMatchObject({ seed: "7", durationSeconds: 1800, traffic: [{ kind: "trace", file: "other.csv" }] });
    expect(plan.cluster.deployments[0]?.replicas).toBe(1);
    expect(openTrace("other.csv").read(100)).toContain("101");
  });

  it("gives the same hash to the same scenario, and another one to any change", async () => {
    const hashes = [await loading(), await loading(), await loading(undefined, { seed: "2" })].map(({ plan }) => plan.hash);
    expect(hashes[0]).toBe(hashes[1]);
    expect(hashes[0]).not.toBe(hashes[2]);
  });
});

describe("bad input", () => {
  it("is reported all at once: a misspelt key hides neither a missing trace nor an unknown policy", async () => {
    const issues = await refused((text) =>
      text
        .replace("requests.csv", "missing.csv")
        .replace("replicas: 2\n", "replicas: 2\n    replcas: 3\n")
        .replace("kind: constant, replicas: 2", "kind: constnt, replicas: 2"),
    );
    expect(codes(issues)).toEqual(["trace_missing", "unknown_key", "unknown_policy_kind"]);
    expect(issues.map(({ line }) => line)).toEqual([7, 12, 16]);
  });

  it("does not report what only follows from a part that could not be read", async () => {
    const issues = await refused((text) => text.replace("llama-3.1-8b_h100_tp1", "{ shape: llama-2-70b, gpu: H100, gpusPerReplca: 4 }"));
    expect(codes(issues)).toEqual(["unknown_key"]);
  });

  it("names a scenario that is not there", async () => {
    await expect(load("nowhere", { files: memoryFiles({}), policies: [] })).rejects.toMatchObject({
      issues: [{ code: "file_missing", file: "nowhere/scenario.yaml" }],
    });
  });

  it("points into a policy's entry, and into the manifest it names", async () => {
    const issues = await refused((text) => text.replace("replicas: 2, query", "replicas: -1, query"), {
      more: { "tiny/manifests/hpa.yaml": "broken" },
    });
    expect(issues).toMatchObject([
      { code: "too_small", file: "tiny/scenario.yaml", line: 15, path: ["policies", 0, "replicas"] },
      { code: "invalid_yaml", file: "tiny/manifests/hpa.yaml", line: 3 },
    ]);
  });

  it.each([
    { query: "sum(vllm:num_request_waiting)", severity: "error", because: "nothing exports it" },
    { query: "vllm:num_requests_waiting or vllm:num_request_waiting", severity: "warning", because: "another part of the query has data" },
  ])("finds a metric nobody exports in $query: $because", async ({ query, severity }) => {
    const change = (text: string): string => text.replace("sum(vllm:num_requests_waiting)", query);
    const issues = severity === "error" ? await refused(change) : (await loading(change)).warnings;
    expect(issues).toMatchObject([{ code: "metric_not_exported", severity, line: 15, path: ["policies", 0, "query"] }]);
    expect(formatIssues(issues)).toContain('did you mean "vllm:num_requests_waiting"');
  });

  it("refuses a query that does not parse, of a policy and of an adapter rule", async () => {
    const issues = await refused((text) =>
      text.replace("sum(vllm", "sum((vllm").replace("slo:", "metrics: { adapter: [{ as: x, query: 'sum(' }] }\nslo:"),
    );
    expect(codes(issues)).toEqual(["invalid_query", "invalid_query"]);
  });

  it("tells where rows of a trace are bad, under the name the caller gave", async () => {
    const issues = await refused(undefined, { trace: "up/bad.csv", more: { "up/bad.csv": `${TRACE}1,0,5\n0.5,7,7\n` } });
    expect(issues).toMatchObject([
      { code: "trace_bad_tokens", file: "up/bad.csv", line: 4 },
      { code: "trace_unsorted", file: "up/bad.csv", line: 5 },
    ]);
  });

  it("tells of a trace that the caller named and that is not there under the caller's name", async () => {
    const issues = await refused(undefined, { trace: "up/gone.csv" });
    expect(issues).toMatchObject([{ code: "trace_missing", file: "--trace up/gone.csv", data: { file: "up/gone.csv" } }]);
    expect(formatIssues(issues)).not.toContain("give one with --trace");
  });

  it("warns of a trace whose requests all come when the run is over, or before its offset", async () => {
    const late = await loading(undefined, { more: { "tiny/requests.csv": "arrival_s,input_tokens,output_tokens\n7200,100,10\n" } });
    expect(late.warnings).toMatchObject([{ code: "trace_outside_run", line: 7, data: { firstSeconds: 7200, toSeconds: 3600 } }]);
    const early = await loading((text) => text.replace("requests.csv", "requests.csv\n    offset: 15m"));
    expect(early.warnings).toMatchObject([{ code: "trace_outside_run", data: { lastSeconds: 600, fromSeconds: 900 } }]);
    const faster = await loading((text) => text.replace("requests.csv", "requests.csv\n    speed: 3"), {
      more: { "tiny/requests.csv": "arrival_s,input_tokens,output_tokens\n7200,100,10\n" },
    });
    expect(faster.warnings).toEqual([]);
  });

  it("warns of a run that goes on long after its trace, with the figures to mend it", async () => {
    const traceOf = (gapSeconds: number, rows: number): { more: Record<string, string> } => ({
      more: {
        "tiny/requests.csv": `arrival_s,input_tokens,output_tokens\n${Array.from({ length: rows }, (_, row) => `${row * gapSeconds},100,10\n`).join("")}`,
      },
    });
    const short = await loading(undefined, traceOf(10, 91));
    expect(short.warnings).toMatchObject([
      { code: "trace_ends_early", line: 7, data: { endSeconds: 900, durationSeconds: 3600, silentSeconds: 2700 } },
    ]);
    expect(formatIssues(short.warnings)).toContain("arrives 15m into a run of 1h; the other 45m are simulated");
    expect((await loading(undefined, traceOf(10, 355))).warnings).toEqual([]);
    // One request in five minutes: the next one may just not have come yet.
    expect((await loading(undefined, traceOf(300, 8))).warnings).toEqual([]);
  });

  it("warns of a query that selects none of the scenario's series, where it is written", async () => {
    const { warnings } = await loading((text) => text.replace("num_requests_waiting)", "num_requests_waiting{namespace='prod'})"));
    expect(warnings.filter(({ code }) => code !== "trace_ends_early")).toMatchObject([
      { code: "matcher_matches_nothing", file: "tiny/scenario.yaml", line: 15, data: { values: ["default"] } },
    ]);
    const adapted = await loading((text) => `${text}metrics: { adapter: [{ as: queue, query: 'sum(up{model_name="x"})' }] }\n`);
    expect(adapted.warnings.filter(({ code }) => code !== "trace_ends_early")).toMatchObject([
      { code: "matcher_matches_nothing", line: 18, data: { label: "model_name" } },
    ]);
  });

  it("refuses an empty seed", async () => {
    expect(await refused(undefined, { seed: "" })).toMatchObject([{ code: "invalid_seed", file: "--seed" }]);
  });

  it("checks the rest of a scenario whose faulty part must be there", async () => {
    const issues = await refused((text) => text.replace("duration: 1h", "duration: 1").replace("requests.csv", "gone.csv"));
    expect(codes(issues)).toEqual(["missing_unit", "trace_missing"]);
  });

  it("does not warn about what only stands in for a faulty part", async () => {
    const issues = await refused((text) =>
      text.replace("    replicas: 2\n", "    replicas: 2\n    gateway: { flowControl: { bands: [{ priority: 1 }] } }\n"),
    );
    expect(codes(issues)).toEqual(["missing_key"]);
  });

  it.each([
    {
      trace: "arrival_s,input_tokens,output_tokens,model\n0,100,10,chat\n600,200,20,gpt\n",
      warnings: [{ code: "trace_unknown_models", severity: "warning", line: 7, data: { percent: 50, unknown: ["gpt"] } }],
      because: "nobody serves it",
    },
    {
      trace: "arrival_s,input_tokens,output_tokens,model\n0,100,10,chat\n600,200,20,\n",
      warnings: [{ code: "trace_without_model", severity: "warning", line: 7, data: { percent: 50 } }],
      because: "one names none",
    },
  ])("warns of requests of a trace that find no deployment: $because", async ({ trace, warnings }) => {
    const { warnings: found } = await loading(() => ROUTED, { more: { "tiny/requests.csv": trace } });
    expect(found).toMatchObject(warnings);
  });

  it("warns of what is said of sessions when the trace names none", async () => {
    const { warnings } = await loading((text) =>
      text.replace("- trace: requests.csv", "- trace: requests.csv\n    sessions: { closedLoop: true }"),
    );
    expect(warnings).toMatchObject([{ code: "trace_without_sessions", line: 8, path: ["traffic", 0, "sessions"] }]);
  });

  it("refuses a trace without models that is to be routed by them", async () => {
    expect(codes(await refused(() => ROUTED))).toEqual(["trace_without_model"]);
  });

  it("points into the manifest that asks for a metric nobody exports", async () => {
    const text = 'kind: X\nquery: "sum(vllm:num_request_waiting)"\n';
    const issues = await refused(undefined, { more: { "tiny/manifests/hpa.yaml": text }, policies: [asking] });
    expect(issues).toMatchObject([{ code: "metric_not_exported", file: "tiny/manifests/hpa.yaml", line: 2, column: 8 }]);
  });

  it("leaves the queries of adapter rules to the adapter", async () => {
    const change = (text: string): string => text.replace("slo:", "metrics: { adapter: [{ as: x, query: 'sum(nobody)' }] }\nslo:");
    expect(await refused(change, { policies: [{ ...constant, queries: () => [{ name: "x", kind: "pods", metric: "x" }] }] })).toMatchObject(
      [{ code: "metric_not_exported", path: ["metrics", "adapter", 0, "query"] }],
    );
  });

  it("warns of requests that no replica can take", async () => {
    const { warnings } = await loading(undefined, { more: { "tiny/requests.csv": `${TRACE}1000,16384,10\n` } });
    expect(warnings).toMatchObject([{ code: "requests_too_long", severity: "warning", line: 7, data: { maxModelTokens: 16_384 } }]);
  });

  it("checks formulas, and that the start exists", async () => {
    const issues = await refused(
      (text) => `${text.replace("2026-03-02T06:00:00", "2026-03-08T02:30:00")}derive: { rate: requests.compleded / 3600 }\n`,
    );
    expect(codes(issues)).toEqual(["no_such_local_time", "unknown_metric"]);
    expect(issues[1]).toMatchObject({ line: 18, path: ["derive", "rate"] });
  });

  it("cannot replace one trace among several streams", async () => {
    const issues = await refused(
      (text) => text.replace("  - trace: requests.csv", "  - trace: requests.csv\n  - { name: b, trace: requests.csv }"),
      { trace: "x.csv" },
    );
    expect(codes(issues)).toEqual(["no_single_trace"]);
  });

  it("passes on what the caller's files refuse", async () => {
    const files = {
      ...memoryFiles(FILES),
      openTrace: () => {
        throw new InputError([{ code: "file_outside", path: [], file: "requests.csv" }]);
      },
    };
    await expect(load("tiny", { files, policies: [constant] })).rejects.toMatchObject({
      issues: [
        { code: "file_outside", file: "tiny/scenario.yaml", line: 7, path: ["traffic", 0, "trace"], data: { file: "requests.csv" } },
      ],
    });
  });
});

it("tells where a scenario names a manifest that the caller will not hand out", async () => {
  const memory = memoryFiles(FILES);
  const files = {
    ...memory,
    read: async (path: string) => {
      if (path.endsWith("hpa.yaml")) throw new InputError([{ code: "file_outside", path: [], file: path }]);
      return memory.read(path);
    },
  };
  await expect(load("tiny", { files, policies: [constant] })).rejects.toMatchObject({
    issues: [{ code: "file_outside", file: "tiny/scenario.yaml", line: 16, path: ["policies", 1, "manifest"] }],
  });
});

describe("a deployment's manifest", () => {
  const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata: { name: chat }
spec:
  replicas: 2
  template:
    spec:
      containers:
        - image: vllm/vllm-openai:latest
          args: [--model=meta-llama/Llama-3.1-8B-Instruct, --enforce-eager]
          resources: { limits: { nvidia.com/gpu: 1 } }
          readinessProbe: {}
          startupProbe: { failureThreshold: 3 }
`;
  const byManifest = (text: string): string =>
    text.replace("  - name: chat\n    model: llama-3.1-8b_h100_tp1\n    replicas: 2\n", "  - { manifest: manifests/chat.yaml }\n");

  it("completes the plan; warnings and assumptions name its lines, by the path from where the reader stands", async () => {
    const { plan, warnings } = await loading(byManifest, { more: { "tiny/manifests/chat.yaml": MANIFEST } });
    expect(plan.cluster.deployments[0]).toMatchObject({
      name: "chat",
      replicas: 2,
      gpusPerReplica: 1,
      lifecycle: { startDeadlineSeconds: 30 },
    });
    expect(plan.assumptions.join("\n")).toContain("chat: replicas is 2, from manifests/chat.yaml:5.");
    expect(warnings.map(({ code, file, line }) => [code, file, line])).toEqual([
      ["manifest_not_modelled", "tiny/manifests/chat.yaml", 10],
      ["start_exceeds_deadline", "tiny/manifests/chat.yaml", 13],
    ]);
  });

  it("changes the plan's hash with every value it states", async () => {
    const hashOf = async (text: string) => (await loading(byManifest, { more: { "tiny/manifests/chat.yaml": text } })).plan.hash;
    expect(await hashOf(MANIFEST)).toBe(await hashOf(MANIFEST));
    expect(await hashOf(MANIFEST)).not.toBe(await hashOf(MANIFEST.replace("failureThreshold: 3", "failureThreshold: 30")));
  });

  it("that is not there, or is not handed out, is told where the scenario names it, beside all other issues", async () => {
    const issues = await refused((text) => byManifest(text).replace("replicas: 3", "replicas: -3"));
    expect(issues.map(({ code, line }) => [code, line])).toEqual([
      ["deployment_manifest_missing", 9],
      ["too_small", 14],
    ]);
    const memory = memoryFiles({ ...FILES, "tiny/scenario.yaml": byManifest(SCENARIO) });
    const files = {
      ...memory,
      read: async (path: string) => {
        if (path.endsWith("chat.yaml")) throw new InputError([{ code: "file_outside", path: [], file: path }]);
        return memory.read(path);
      },
    };
    await expect(load("tiny", { files, policies: [constant] })).rejects.toMatchObject({
      issues: [
        {
          code: "file_outside",
          file: "tiny/scenario.yaml",
          line: 9,
          path: ["deployments", 0, "manifest"],
          data: { file: "tiny/manifests/chat.yaml" },
        },
      ],
    });
  });
});

describe("paths", () => {
  it.each([
    ["tiny", "tiny/scenario.yaml"],
    ["tiny/", "tiny/scenario.yaml"],
    ["a/b.yml", "a/b.yml"],
    [".", "scenario.yaml"],
  ])("takes the entry %s for %s", (entry, path) => {
    expect(scenarioPath(entry)).toBe(path);
  });

  it.each([
    ["a/scenario.yaml", "hpa.yaml", "a/hpa.yaml"],
    ["a/scenario.yaml", "./hpa.yaml", "a/hpa.yaml"],
    ["scenario.yaml", "hpa.yaml", "hpa.yaml"],
    ["a/scenario.yaml", "/etc/hpa.yaml", "/etc/hpa.yaml"],
    ["a/scenario.yaml", "data:azure.csv", "data:azure.csv"],
  ])("from %s, %s is %s", (file, named, path) => {
    expect(pathBeside(file, named)).toBe(path);
  });
});
