import { describe, expect, it } from "vitest";
import type { Issue } from "../errors.ts";
import { describeIssue } from "../messages.ts";
import { parseScenario } from "./parse.ts";

const SCENARIO = `replicast: 1
name: tiny
duration: 1h
traffic:
  - arrivals: { kind: poisson, rate: 3/s }
    lengths: { prompt: 100, output: { median: 50, sigma: 0.5 } }
deployments:
  - name: chat
    model: llama-3.1-8b_h100_tp1
    replicas: 2
    startup: { load: { bandwidth: 2GB/s }, pull: 30s }
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2 }
policies:
  - { name: two, kind: fixed, replicas: 2 }
slo: { ttft: "p(95)<2s", availability: 99.9% }
thresholds: { policy: two, ttft: ["p(95)<2s"], lostRequests: "==0" }
`;

function issuesOf(change: (text: string) => string, set: readonly string[] = []): readonly Issue[] {
  const result = parseScenario(change(SCENARIO), "tiny.yaml", set);
  return result.ok ? [] : result.issues;
}

const replace =
  (from: string, to: string) =>
  (text: string): string => {
    expect(text).toContain(from);
    return text.replace(from, to);
  };

describe("a good scenario", () => {
  it("is read with its units converted", () => {
    const result = parseScenario(SCENARIO, "tiny.yaml");
    expect(result).toMatchObject({
      ok: true,
      spec: {
        duration: 3600,
        traffic: [
          {
            arrivals: { kind: "poisson", rate: 3 },
            lengths: { prompt: { kind: "constant", value: 100 }, output: { kind: "logNormal", median: 50, sigma: 0.5 } },
          },
        ],
        deployments: [{ startup: { load: { bandwidth: 2e9 }, pull: { kind: "constant", value: 30 } } }],
        slo: { ttft: ["p(95)<2s"], availability: 0.999 },
        thresholds: { policy: "two", metrics: { ttft: ["p(95)<2s"], lostRequests: ["==0"] } },
      },
    });
  });

  it("takes a plain number for a formula: a flat fee", () => {
    const result = parseScenario(`${SCENARIO}costs: { egress: 12.5, refund: -3, support: cost.billUsd * 0.1 }\n`, "tiny.yaml");
    expect(result.ok && result.spec.costs).toEqual({ egress: "12.5", refund: "-3", support: "cost.billUsd * 0.1" });
  });

  it("keeps the options of a policy as they are, for the policy to read", () => {
    const result = parseScenario(SCENARIO, "tiny.yaml");
    expect(result.ok && result.spec.policies[0]).toEqual({ name: "two", kind: "fixed", replicas: 2 });
  });

  it.each([
    ["30s", { kind: "constant", value: 30 }],
    ["{ min: 10s, max: 1m }", { kind: "uniform", min: 10, max: 60 }],
    ["{ mean: 20s }", { kind: "exponential", mean: 20 }],
    ["{ median: 240s, sigma: 0.35 }", { kind: "logNormal", median: 240, sigma: 0.35 }],
    [
      "{ quantiles: [[0, 1s], [0.5, 2s], [1, 1m]] }",
      {
        kind: "quantiles",
        points: [
          [0, 1],
          [0.5, 2],
          [1, 60],
        ],
      },
    ],
  ])("may state a duration as %s", (text, distribution) => {
    const result = parseScenario(SCENARIO.replace("pull: 30s", `pull: ${text}`), "tiny.yaml");
    expect(result.ok && result.spec.deployments[0]?.startup?.pull).toEqual(distribution);
  });

  it("may use anchors and merge keys", () => {
    const text = SCENARIO.replace("  - name: chat\n", "  - &base\n    name: chat\n").replace(
      "nodePools:",
      "  - { <<: *base, name: code }\nnodePools:",
    );
    const result = parseScenario(text, "tiny.yaml");
    expect(result.ok && result.spec.deployments[1]).toMatchObject({ name: "code", replicas: 2 });
  });
});

describe("an issue", () => {
  it.each([
    { from: "replicas: 2\n    startup", to: "replicsa: 2\n    startup", code: "unknown_key", at: [10, 5], near: ["replicas"] },
    { from: "kind: poisson", to: "kind: posson", code: "unknown_value", at: [5, 23], near: ["poisson"] },
    { from: "llama-3.1-8b_h100_tp1", to: "llama-3.1-8b_h100_tp3", code: "unknown_value", at: [9, 12], near: undefined },
    { from: "bandwidth: 2GB/s", to: "bandwidht: 2GB/s", code: "unknown_key", at: [11, 24], near: ["bandwidth"] },
    { from: "duration: 1h", to: "duration: 60", code: "missing_unit", at: [3, 11], near: undefined },
    { from: "duration: 1h", to: "duration: 1 hour", code: "invalid_duration", at: [3, 11], near: undefined },
    { from: "duration: 1h", to: "duration: 0s", code: "too_small", at: [3, 11], near: undefined },
    { from: "rate: 3/s", to: "rate: 3/year", code: "invalid_rate", at: [5, 38], near: undefined },
    { from: "2GB/s", to: "2GB", code: "invalid_bandwidth", at: [11, 35], near: undefined },
    { from: "99.9%", to: "999%", code: "invalid_share", at: [16, 40], near: undefined },
    { from: "max: 2", to: "max: two", code: "wrong_type", at: [13, 73], near: undefined },
    { from: "sigma: 0.5", to: "sigma: -1", code: "too_small", at: [6, 58], near: undefined },
    { from: 'ttft: "p(95)<2s", ', to: "", code: "no_objective", at: [16, 6], near: undefined },
  ])("$code points at $at when $from becomes $to", ({ from, to, code, at, near }) => {
    const [issue] = issuesOf(replace(from, to)).filter((found) => found.code === code);
    expect(issue).toMatchObject({ file: "tiny.yaml", line: at[0], column: at[1] });
    if (near !== undefined) expect(issue?.data?.["nearest"]).toEqual(expect.arrayContaining(near));
  });

  it.each([
    { text: "{ quantiles: [[0, 1s], [0.5, 3s]] }", code: "invalid_quantiles", because: "it does not end at probability 1" },
    { text: "{ quantiles: [[0, 3s], [1, 1s]] }", code: "invalid_quantiles", because: "values descend" },
    { text: "{ min: 5s, max: 1s }", code: "min_above_max", because: "the limits are the wrong way round" },
    { text: "[1s]", code: "wrong_type", because: "a list is no distribution" },
    { text: "{}", code: "missing_key", because: "an empty object says nothing" },
  ])("refuses the distribution $text: $because", ({ text, code }) => {
    expect(issuesOf(replace("pull: 30s", `pull: ${text}`)).map((issue) => issue.code)).toEqual([code]);
  });

  it("comes with all others, in the order of the file", () => {
    const found = issuesOf((text) =>
      text.replace("1h", "1").replace("H100,", "H100, colour: red,").replace("replicas: 2\n", "replicas: -2\n"),
    );
    expect(found.map(({ code, line }) => [code, line])).toEqual([
      ["missing_unit", 3],
      ["too_small", 10],
      ["unknown_key", 13],
    ]);
  });

  it("says what was written, also where JSON has no word for it", () => {
    expect(issuesOf(replace("2.5", ".nan"))).toMatchObject([{ code: "wrong_type", data: { actual: "NaN" } }]);
    expect(issuesOf(replace("duration: 1h", "duration: 9999h"))).toMatchObject([
      { code: "too_large", data: { maximum: "366d", actual: "9999h" } },
    ]);
  });
});

describe("hostile or broken YAML", () => {
  it("is reported with its position", () => {
    expect(issuesOf((text) => text.replace('"==0" }', '"==0"'))).toMatchObject([{ code: "invalid_yaml", file: "tiny.yaml", line: 18 }]);
    expect(issuesOf((text) => `${text}name: again\n`)).toMatchObject([{ code: "duplicate_key", line: 18, column: 1 }]);
  });

  it("does not expand a bomb of aliases", () => {
    const levels = Array.from({ length: 9 }, (_, level) => `a${level + 1}: &a${level + 1} [${Array(9).fill(`*a${level}`).join(", ")}]`);
    expect(issuesOf(() => `a0: &a0 [lol]\n${levels.join("\n")}\n`)).toMatchObject([{ code: "too_many_aliases" }]);
  });

  it.each([
    { text: "", code: "empty_file" },
    { text: "just text", code: "wrong_type" },
    { text: "x".repeat(1_000_001), code: "file_too_long" },
    { text: "replicast: 1\0\n", code: "not_text" },
    { text: "[".repeat(20_000), code: "nested_too_deep" },
    { text: "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nspec: {}\n", code: "not_a_scenario" },
    { text: "rules: []\n", code: "not_a_scenario" },
    { text: "rules: { custom: [] }\n", code: "not_a_scenario" },
    { text: "services: {}\nvolumes: {}\n", code: "not_a_scenario" },
  ])("answers $code, and nothing else, to text that is no scenario", ({ text, code }) => {
    expect(issuesOf(() => text)).toMatchObject([{ code }]);
  });

  it("shows how the rules of an adapter are written in a scenario, by their names", () => {
    const rules = "  - { seriesQuery: up, name: { as: alive } }\n  - { seriesQuery: up, name: { as: well } }\n  - { seriesQuery: up }\n";
    for (const text of [`rules:\n${rules}`, `rules:\n  default: false\n  custom:\n${rules.replaceAll("  -", "    -")}`])
      expect(describeIssue(issuesOf(() => text)[0] as Issue).hint).toContain(
        "or write its rules there, as metrics.adapter: [{ as: alive, query: PROMQL }, { as: well, query: PROMQL }]",
      );
  });

  it.each([
    { add: "seed: *nope", code: "unknown_anchor", column: 7 },
    { add: "description: !!js/function 'x'", code: "unknown_tag", column: 14 },
    { add: "derive: &d { a: *d }", code: "circular_alias", column: 17 },
    { add: "description: {{ .Values.text }}", code: "collection_key", column: 15 },
    { add: "---\nreplicast: 1", code: "several_documents", column: 1 },
  ])("answers $code, with its place, to $add", ({ add, code, column }) => {
    expect(issuesOf((text) => `${text}${add}\n`)).toMatchObject([{ code, line: 18, column }]);
  });

  it("is reported once where it begins, not again for all that follows from it", () => {
    expect(issuesOf((text) => text.replace("traffic:", "traffic: ["))).toMatchObject([{ code: "invalid_yaml", line: 5 }]);
  });

  it("is not fooled by a key that names the prototype", () => {
    expect(issuesOf((text) => `${text}__proto__: { polluted: true }\n`)).toMatchObject([
      { code: "unknown_key", data: { key: "__proto__" } },
    ]);
    expect("polluted" in {}).toBe(false);
  });
});

describe("overrides", () => {
  const set = (...texts: string[]) => parseScenario(SCENARIO, "tiny.yaml", texts);

  it("replace and add values, by name or index of a list's entry", () => {
    const result = set(
      "duration=30m",
      "nodePools.h100.max=4",
      "deployments[0].replicas=3",
      "seed=7",
      "slo.loadWindow=2m",
      "policies.two={name: three, kind: fixed, replicas: 3}",
    );
    expect(result).toMatchObject({
      ok: true,
      spec: {
        duration: 1800,
        seed: "7",
        nodePools: [{ max: 4 }],
        deployments: [{ replicas: 3 }],
        slo: { loadWindow: 120 },
        policies: [{ name: "three" }],
      },
    });
  });

  it.each([
    { text: 'thresholds.cost.monthlyUsd=["<5"]', because: "the name of a metric holds dots" },
    { text: 'thresholds["cost.monthlyUsd"]=["<5"]', because: "it stands in quotes" },
    { text: "thresholds['cost.monthlyUsd']=[\"<5\"]", because: "it stands in quotes of the other kind" },
  ])("reach a threshold by $text: $because", ({ text }) => {
    expect(set(text)).toMatchObject({ ok: true, spec: { thresholds: { metrics: { "cost.monthlyUsd": ["<5"] } } } });
    expect(
      set('thresholds={ policy: two, cost.monthlyUsd: ["<9"], ttft: ["p(95)<1s"] }', text, "thresholds.ttft[0]=p(95)<2s"),
    ).toMatchObject({
      ok: true,
      spec: { thresholds: { policy: "two", metrics: { "cost.monthlyUsd": ["<5"], ttft: ["p(95)<2s"] } } },
    });
  });

  it("name entries in quotes, whatever the names hold", () => {
    const odd = SCENARIO.replace("name: two,", 'name: "a=b.c d",');
    expect(odd).not.toBe(SCENARIO);
    const result = parseScenario(odd, "tiny.yaml", ['policies["a=b.c d"].replicas=5', 'nodePools["h100"]["max"]=7']);
    expect(result).toMatchObject({ ok: true, spec: { policies: [{ replicas: 5 }], nodePools: [{ max: 7 }] } });
  });

  it("are named even when they make a key that nobody knows", () => {
    const result = set("__proto__.x=1", "colour.hue=3");
    expect(result.ok ? [] : result.issues).toMatchObject([
      { code: "unknown_key", file: "--set __proto__.x=1" },
      { code: "unknown_key", file: "--set colour.hue=3" },
    ]);
  });

  it("are named in the issues they cause", () => {
    const result = set("duration=30", "nodePools.h100.mix=4");
    expect(result.ok ? [] : result.issues).toMatchObject([
      { code: "missing_unit", file: "--set duration=30" },
      { code: "unknown_key", file: "--set nodePools.h100.mix=4" },
    ]);
  });

  it.each([
    { text: "nodePools.h10.max=4", code: "unknown_override_path" },
    { text: "nodePools[3].max=4", code: "unknown_override_path" },
    { text: "duration.x=4", code: "unknown_override_path" },
    { text: "duration", code: "invalid_override" },
    { text: "=3", code: "invalid_override" },
    { text: "duration=[1", code: "invalid_override" },
  ])("refuse $text with $code", ({ text, code }) => {
    const result = set(text);
    expect(result.ok ? [] : result.issues).toMatchObject([{ code, file: `--set ${text}` }]);
  });
});

describe("clients that cannot be", () => {
  const STREAM = "  - arrivals: { kind: poisson, rate: 3/s }\n    lengths: { prompt: 100, output: { median: 50, sigma: 0.5 } }\n";
  const users = (fields: string) => replace(STREAM, `  - { users: 5, think: 1s, lengths: { prompt: 1, output: 1 }, ${fields} }\n`);

  it.each([
    ["no limit at all", users("maxOpenRequests: 0"), "too_small", ["traffic", 0, "maxOpenRequests"]],
    ["an end at the start", users("stop: 0s"), "too_small", ["traffic", 0, "stop"]],
    ["a loss that takes no time", users("pauseAfterLoss: 0s"), "too_small", ["traffic", 0, "pauseAfterLoss"]],
    ["a session of no turns", users("sessions: { turns: 0 }"), "too_small", ["traffic", 0, "sessions", "turns"]],
    ["a misspelt key", users("maxOpenRequest: 4"), "unknown_key", ["traffic", 0, "maxOpenRequest"]],
    [
      "users never there",
      replace(STREAM, "  - { users: { points: [[0s, 0]] }, think: 1s, lengths: { prompt: 1, output: 1 } }\n"),
      "no_users",
      ["traffic", 0, "users"],
    ],
    [
      "sessions without a pause between turns",
      replace(STREAM, `${STREAM}    sessions: { turns: 3 }\n`),
      "missing_key",
      ["traffic", 0, "sessions", "think"],
    ],
    [
      "a budget of more than everything",
      replace("replicas: 2\n    startup", "replicas: 2\n    client: { retryBudget: { share: 120 } }\n    startup"),
      "invalid_share",
      ["deployments", 0, "client", "retryBudget", "share"],
    ],
  ] as const)("are refused with their place: %s", (_, change, code, path) => {
    expect(issuesOf(change)).toMatchObject([{ code, path }]);
  });
});
