import { describe, expect, it } from "vitest";
import type { Fact } from "../src/domain/facts.ts";
import type { Plan } from "../src/scenario/plan.ts";
import type { ModelRouteConfig, ModelTargetConfig } from "../src/serving/models/config.ts";
import { createSimulation, type SimulateOptions, simulate } from "../src/simulate.ts";
import { NO_METRICS, type TinyWorld, tinyPlan } from "../src/testing.ts";
import type { TrafficConfig } from "../src/traffic/config.ts";
import { traceFromText } from "../src/traffic/trace-text.ts";

const OPTIONS: SimulateOptions = { policy: "fixed", controllers: [], metricSource: NO_METRICS };
const ANY = Number.POSITIVE_INFINITY;

const target = (deployment: string, more: Partial<ModelTargetConfig> = {}): ModelTargetConfig => ({
  deployment,
  weight: 1,
  promptTokensMax: ANY,
  inFlightPerReplicaMax: ANY,
  ...more,
});
const route = (targets: readonly ModelTargetConfig[], more: Partial<ModelRouteConfig> = {}): ModelRouteConfig => ({
  name: "chat",
  rule: "weights",
  isFallback: false,
  targets,
  ...more,
});
const generator = (more: Partial<TrafficConfig & { readonly kind: "generator" }> = {}): TrafficConfig => ({
  kind: "generator",
  name: "users",
  models: [{ model: "chat", weight: 1 }],
  arrivals: { kind: "poisson", rate: { kind: "constant", perSecond: 4 } },
  lengths: { promptTokens: { kind: "logNormal", median: 300, sigma: 0.8 }, outputTokens: { kind: "constant", value: 40 } },
  surges: [],
  ...more,
});
const trace: TrafficConfig = { kind: "trace", name: "replay", file: "t.csv", speed: 1, offsetSeconds: 0, spreadSeconds: 0 };

const planOf = (world: TinyWorld): Plan =>
  tinyPlan({ durationSeconds: 1200, deployments: [{ name: "small" }, { name: "large" }], traffic: [generator()], ...world });

const factsOf = (plan: Plan, text = ""): readonly Fact[] => {
  const facts: Fact[] = [];
  simulate(plan, { ...OPTIONS, openTrace: traceFromText(text), observers: [(fact) => facts.push(fact)] });
  return facts;
};
const arrivals = (facts: readonly Fact[]) => facts.filter((fact) => fact.kind === "request-arrived");
const byDeployment = (facts: readonly Fact[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const { deployment } of arrivals(facts)) counts[deployment] = (counts[deployment] ?? 0) + 1;
  return counts;
};

describe("a model with several deployments", () => {
  it("gets its requests split by the weights of its targets", () => {
    const { small = 0, large = 0 } = byDeployment(factsOf(planOf({ models: [route([target("small", { weight: 9 }), target("large")])] })));
    expect(small + large).toBeGreaterThan(4500);
    expect(large / (small + large)).toBeCloseTo(0.1, 1.7);
  });

  it("gets them by the length of their prompts", () => {
    const models = [route([target("small", { promptTokensMax: 256 }), target("large")], { rule: "promptLength" })];
    const facts = arrivals(factsOf(planOf({ models })));
    expect(facts.some(({ deployment }) => deployment === "large")).toBe(true);
    for (const { deployment, promptTokens } of facts) expect(deployment).toBe(promptTokens <= 256 ? "small" : "large");
  });

  it("falls back to the next while the first has no ready replica, and returns when it has", () => {
    const deployments = [{ name: "small", lifecycle: { restartDelaySeconds: 100 } }, { name: "large" }];
    const faults = [{ kind: "containerRestart", atSeconds: 600, deployment: "small", podIndex: 0 }] as const;
    const models = [route([target("small"), target("large")], { rule: "inOrder", isFallback: true })];
    const facts = arrivals(factsOf(planOf({ deployments, faults, models })));
    const served = (from: number, to: number): readonly string[] => [
      ...new Set(facts.filter(({ timeSeconds }) => timeSeconds > from && timeSeconds < to).map(({ deployment }) => deployment)),
    ];
    expect(served(0, 600)).toEqual(["small"]);
    expect(served(600, 700)).toEqual(["large"]);
    expect(served(800, 1200)).toEqual(["small"]);
  });

  it("spills over while the first has too many requests in flight", () => {
    const models = [route([target("small", { inFlightPerReplicaMax: 3 }), target("large")], { rule: "inOrder", isFallback: true })];
    const facts = factsOf(planOf({ models }));
    let inFlight = 0;
    let spilled = 0;
    for (const fact of facts) {
      if (fact.kind === "request-arrived" && fact.deployment === "small") expect(++inFlight).toBeLessThanOrEqual(3);
      if (fact.kind === "request-ended" && fact.deployment === "small") inFlight--;
      if (fact.kind === "request-arrived" && fact.deployment === "large") spilled++;
    }
    expect(spilled).toBeGreaterThan(0);
  });

  it("sees the same choices whatever becomes of the requests", () => {
    const models = [route([target("small", { weight: 1 }), target("large")])];
    const slow = [{ name: "small", replicas: 1, engine: { maxSequences: 1 } }, { name: "large" }];
    const fast = [{ name: "small", replicas: 4 }, { name: "large" }];
    const choices = [slow, fast].map((deployments) =>
      arrivals(factsOf(planOf({ deployments, models }))).map(({ deployment }) => deployment),
    );
    expect(choices[0]).toEqual(choices[1]);
  });

  it("keeps the turns of a session together", () => {
    const session = {
      turns: { kind: "constant", value: 4 },
      thinkSeconds: { kind: "constant", value: 5 },
      systemTokens: 0,
      maxContextTokens: 30_000,
    } as const;
    const lengths = { promptTokens: { kind: "constant", value: 100 }, outputTokens: { kind: "constant", value: 20 } } as const;
    const traffic = [generator({ session, lengths })];
    const result = simulate(
      planOf({
        models: [route([target("small"), target("large")])],
        traffic,
        deployments: [
          { name: "small", engine: { prefixCaching: true } },
          { name: "large", engine: { prefixCaching: true } },
        ],
      }),
      OPTIONS,
    );
    // every turn but the first finds all full blocks of the prompt before: 96, 208 and 336 of 100, 220, 340 and 460 tokens
    expect(result.prefixCache.hitShare).toBeGreaterThan(0.5);
  });
});

describe("requests that name their models", () => {
  const text = "arrival_s,input_tokens,output_tokens,model\n1,100,10,small\n2,100,10,chat\n3,100,10,\n4,100,10,gpt\n5,100,10,large\n";
  const models = [route([target("large")])];

  it("go where these are served: by a model of the plan or a deployment of that name, else by what their stream names", () => {
    const traffic = [{ ...trace, models: [{ model: "small", weight: 1 }] }];
    expect(arrivals(factsOf(planOf({ models, traffic }), text)).map(({ deployment }) => deployment)).toEqual([
      "small",
      "large",
      "small",
      "",
      "large",
    ]);
  });

  it("all go to the stream's deployment when it has one", () => {
    const traffic = [{ ...trace, deployment: "small" }];
    expect(byDeployment(factsOf(planOf({ models, traffic }), text))).toEqual({ small: 5 });
  });

  it("are rejected and counted when nobody serves what they name, at no deployment", () => {
    const result = simulate(planOf({ models, traffic: [trace] }), { ...OPTIONS, openTrace: traceFromText(text) });
    expect(result).toMatchObject({ unknownModelRequests: 2, lostRequests: 2, requests: { arrived: 5, completed: 3, rejected: 2 } });
    expect(result.slo).toMatchObject({ counted: 5, violations: 2 });
    expect(result.deployments.map(({ requests, attainment }) => [requests.arrived, requests.completed, attainment])).toEqual([
      [1, 1, 1],
      [2, 2, 1],
    ]);
    expect(result.streams).toMatchObject([{ name: "replay", deployment: null, sent: 5 }]);
  });

  it("follow the shares of their stream's models", () => {
    const shares = [
      { model: "small", weight: 1 },
      { model: "chat", weight: 3 },
    ];
    const { small = 0, large = 0 } = byDeployment(factsOf(planOf({ models, traffic: [generator({ models: shares })] })));
    expect(large / (small + large)).toBeCloseTo(0.75, 1.7);
  });
});

describe("several deployments behind one door", () => {
  it("add up to the whole, and continue identically when saved and restored", () => {
    const models = [route([target("small", { weight: 2 }), target("large", { weight: 1 })], { isFallback: true })];
    const plan = planOf({ models, durationSeconds: 600 });
    const whole = simulate(plan, OPTIONS);
    const sum = (of: (deployment: (typeof whole.deployments)[number]) => number): number =>
      whole.deployments.reduce((total, each) => total + of(each), 0);
    expect(sum(({ requests }) => requests.arrived)).toBe(whole.requests.arrived);
    expect(sum(({ requests }) => requests.completed)).toBe(whole.requests.completed);
    const first = createSimulation(plan, OPTIONS);
    first.runTo(251.3);
    expect(createSimulation(plan, OPTIONS, first.save()).result()).toEqual(whole);
  });
});
