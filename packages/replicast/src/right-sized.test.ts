import { builtinPolicies } from "@replicast/policies";
import type { CapacityTable, ComparisonResult, RunResult } from "@replicast/sim-core";
import { createSimulation, InputError } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { mixSample } from "./capacity-mix.ts";
import { compare } from "./compare.ts";
import { memoryFiles } from "./files.ts";
import { load } from "./load.ts";
import { createMetricSource } from "./metric-source.ts";
import { planUnder } from "./run.ts";

interface Parts {
  readonly model?: string;
  readonly policies?: string;
  readonly rest?: string;
  readonly traffic?: string;
  readonly trace?: string;
}

const SMALL = "{ deployment: small, adequateUpTo: 70% }";
const BY_COMPLEXITY = `{ name: chat, rule: complexity, targets: [${SMALL}, { deployment: large }] }`;
const CASCADE = `{ name: chat, rule: cascade, targets: [${SMALL}, { deployment: large }] }`;
/** Every request is one of mean work; a replica carries 2 a second. */
const CAPACITY: CapacityTable = ["small", "large"].map((deployment) => ({
  deployment,
  work: { perRequest: 1, perPromptToken: 0, perOutputToken: 0, perPromptTokenSquared: 0, perContextToken: 0 },
  points: [{ replicas: 1, requestsPerSecond: 2 }],
}));
const FIXED = "deployments: { small: { kind: fixed, replicas: 2 }, large: { kind: fixed, replicas: 2 } }";
const POISSON = "arrivals: { kind: poisson, rate: 2/s }, lengths: { prompt: 100, output: 20 }";

function text({ model = BY_COMPLEXITY, policies = `[{ name: as it is, ${FIXED} }]`, rest = "", traffic = POISSON }: Parts): string {
  return `
replicast: 1
name: right-sized
duration: 20m
traffic: [{ name: questions, model: chat, ${traffic} }]
models: [${model}]
deployments:
  - { name: small, model: llama-3.1-8b_l40s_tp1, replicas: 2, engine: { maxSequences: 8 } }
  - { name: large, model: llama-2-70b_h100_tp4, replicas: 2, engine: { maxSequences: 8 } }
nodePools:
  - { name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, min: 2, max: 4 }
  - { name: h100, gpu: H100, gpusPerNode: 4, pricePerGpuHour: 3, min: 2, max: 4 }
policies: ${policies}
slo: { e2e: "p(95)<30s" }
${rest}`;
}

async function loaded(parts: Parts): Promise<Awaited<ReturnType<typeof load>>> {
  return load("scenario.yaml", {
    policies: builtinPolicies,
    files: memoryFiles({ "scenario.yaml": text(parts), ...(parts.trace === undefined ? {} : { "trace.csv": parts.trace }) }),
  });
}

/** Without the search for capacities, which is not what is looked at. */
async function compared(parts: Parts, capacity: CapacityTable = []): Promise<ComparisonResult> {
  return compare(await loaded(parts), { capacity });
}

async function run(parts: Parts): Promise<RunResult> {
  return (await compared(parts)).runs[0] as RunResult;
}

async function codesOf(parts: Parts): Promise<readonly string[]> {
  return loaded(parts).then(
    () => [],
    (error: unknown) => {
      if (error instanceof InputError) return error.issues.map(({ code, path }) => `${code} ${path.join(".")}`);
      throw error;
    },
  );
}

const qualityOf = ({ quality }: RunResult): NonNullable<RunResult["quality"]> => {
  if (quality === undefined) throw new Error("nobody judged the answers");
  return quality;
};

/** Every request that came to a deployment, from outside or after another's answer, ended there or went on. */
function expectConserved(result: RunResult): void {
  for (const { name, requests } of result.deployments) {
    const own = qualityOf(result).deployments.find((deployment) => deployment.name === name);
    const { arrived, completed, rejected, timedOut, cutOff, cancelled, inFlight } = requests;
    const ended = completed + rejected + timedOut + cutOff + cancelled + inFlight;
    expect(arrived + (own?.escalatedIn ?? 0)).toBe(ended + (own?.escalatedAway ?? 0));
  }
  expect(result.attempts.completed).toBe(result.requests.completed + qualityOf(result).escalated);
}

describe("a router that goes by complexity", () => {
  it("sends the small model what it can answer, and every answer does, when its classifier is always right", async () => {
    const result = await run({});
    const { answers, adequate } = qualityOf(result);
    expect([adequate, answers]).toEqual([result.requests.completed, result.requests.completed]);
    expect((result.deployments[0]?.requests.arrived ?? 0) / result.requests.arrived).toBeCloseTo(0.7, 1);
    expectConserved(result);
  });

  it("is wrong about the requests it sees at random, and sends the same share all the same", async () => {
    const result = await run({ model: BY_COMPLEXITY.replace("rule", "classifierAccuracy: 0, rule") });
    const [small] = qualityOf(result).deployments;
    expect((small?.answers ?? 0) / qualityOf(result).answers).toBeCloseTo(0.7, 1);
    expect((small?.adequate ?? 0) / (small?.answers ?? 0)).toBeCloseTo(0.7, 1);
  });

  it("reads complexities from a trace", async () => {
    const trace = `arrival_s,input_tokens,output_tokens,complexity\n${[0, 0.2, 0.7, 0.71, 1].map((value, i) => `${i * 10},100,20,${value}\n`).join("")}`;
    const result = await run({ trace, traffic: "trace: trace.csv" });
    expect(result.deployments.map(({ requests }) => requests.completed)).toEqual([3, 2]);
    const random = BY_COMPLEXITY.replace("complexity", "weights").replace("deployment: large", "deployment: large, weight: 0");
    expect(qualityOf(await run({ trace, traffic: "trace: trace.csv", model: random }))).toMatchObject({ answers: 5, adequate: 3 });
  });

  it("knows that complex requests of a trace are long: each deployment's mix is what it gets", async () => {
    const rows = Array.from({ length: 400 }, (_, i) => (i % 2 === 0 ? `${i},50,10,0.1\n` : `${i},3000,200,0.9\n`)).join("");
    const scenario = await loaded({
      trace: `arrival_s,input_tokens,output_tokens,complexity\n${rows}`,
      traffic: "trace: trace.csv",
    });
    const promptsOf = (index: number): readonly number[] => {
      const deployment = scenario.plan.deployments[index];
      return deployment === undefined ? [] : [...new Set(mixSample(scenario, deployment).map(({ promptTokens }) => promptTokens))];
    };
    expect([promptsOf(0), promptsOf(1)]).toEqual([[50], [3000]]);
  });

  it("uses the large model while the small one is full, and comes back", async () => {
    const burst = `arrivals: { kind: poisson, rate: { points: [[0s, 0.5/s], [5m, 30/s], [10m, 0.5/s], [20m, 0.5/s]] } }, lengths: { prompt: 100, output: 100 }`;
    const policies = `[{ name: one, deployments: { small: { kind: fixed, replicas: 1 }, large: { kind: fixed, replicas: 2 } } }]`;
    const spilling = BY_COMPLEXITY.replace("70% }", "70%, spillAbove: 10 }");
    const [patient, spilled] = [await run({ traffic: burst, policies }), await run({ traffic: burst, policies, model: spilling })];
    const shareIn = ({ deployments: [small, large] }: RunResult, minute: number): number =>
      (large?.perMinute.arrivals[minute] ?? 0) / ((small?.perMinute.arrivals[minute] ?? 0) + (large?.perMinute.arrivals[minute] ?? 0));
    expect(shareIn(patient, 5)).toBeCloseTo(0.3, 1);
    expect(shareIn(spilled, 5)).toBeGreaterThan(0.4);
    // the arrivals of the last minutes are few: all of them are routed as if nothing had been
    expect(spilled.deployments.map(({ perMinute }) => perMinute.arrivals.slice(15))).toEqual(
      patient.deployments.map(({ perMinute }) => perMinute.arrivals.slice(15)),
    );
    expect(qualityOf(spilled).badAnswers).toBe(0);
    expectConserved(spilled);
  });

  it("spills over by the fill of KV caches", async () => {
    const model = BY_COMPLEXITY.replace("70% }", "70%, spillAboveKv: 0 }");
    const result = await run({ model });
    // any sequence at all is too much, so few of the requests find the small model empty
    expect((result.deployments[0]?.requests.arrived ?? 0) / result.requests.arrived).toBeLessThan(0.5);
  });
});

describe("a cascade", () => {
  it("asks the small model first and the large one again, and both attempts take their time", async () => {
    const policies = `[{ name: router, ${FIXED} }, { name: cascade, models: [${CASCADE}], ${FIXED} }]`;
    const [router, cascade] = (await compared({ policies })).runs as [RunResult, RunResult];
    expectConserved(cascade);
    expect(qualityOf(cascade).badAnswers).toBe(0);
    expect(cascade.deployments.map(({ requests }) => requests.arrived)).toEqual([cascade.requests.arrived, 0]);
    // the same requests are complex under both: whom the router sends to the large model, the cascade asks again
    const byRouter = router.deployments[1]?.requests.arrived ?? 0;
    expect(Math.abs(qualityOf(cascade).escalated - byRouter)).toBeLessThanOrEqual(3);
    // nobody sees the answer that does not do: its time counts for the first token of the one that does
    expect(cascade.latency.ttft.maxSeconds ?? 0).toBeGreaterThan(5 * (router.latency.ttft.maxSeconds ?? 0));
    expect(cascade.wastedTokens).toBe(20 * qualityOf(cascade).escalated);
    expect(cascade.outputTokens).toBe(20 * cascade.requests.completed);
  });

  it("requires large replicas for what it asks again, and small ones for everything", async () => {
    const load = "arrivals: { kind: poisson, rate: 8/s }, lengths: { prompt: 100, output: 20 }";
    const policies = `[{ name: router, ${FIXED} }, { name: cascade, models: [${CASCADE}], ${FIXED} }]`;
    const [router, cascade] = (await compared({ policies, traffic: load }, CAPACITY)).runs as [RunResult, RunResult];
    const meanRequired = ({ deployments }: RunResult, i: number): number => {
      const steps = deployments[i]?.required ?? [];
      return steps.reduce((sum, [from, value], at) => sum + value * ((steps[at + 1]?.[0] ?? 1200) - from), 0) / 1200;
    };
    expect(meanRequired(cascade, 0)).toBeGreaterThan(1.2 * meanRequired(router, 0));
    expect(Math.abs(meanRequired(cascade, 1) - meanRequired(router, 1))).toBeLessThan(0.2);
    expect(meanRequired(cascade, 1)).toBeGreaterThan(0.5);
  });

  it("keeps an answer that its judge takes for good, and then it is a bad one", async () => {
    const result = await run({ model: CASCADE.replace("70% }", "70%, maxScore: 90% }") });
    const { escalated, answers, badAnswers } = qualityOf(result);
    expect([escalated / answers, badAnswers / answers].map((share) => Math.round(share * 10))).toEqual([1, 2]);
  });

  it("saved and continued ends in the same bytes", async () => {
    const scenario = await loaded({ model: CASCADE.replace("rule", "classifierAccuracy: 60%, rule") });
    const [policy] = scenario.plan.policies;
    if (policy === undefined) throw new Error("there is a policy");
    const plan = planUnder(scenario.plan, policy);
    const options = {
      policy: policy.name,
      controllers: scenario.bind(policy.name),
      metricSource: createMetricSource(plan),
      openTrace: scenario.openTrace,
    };
    const whole = createSimulation(plan, options);
    const first = createSimulation(plan, options);
    first.runTo(613.7);
    const second = createSimulation(plan, options, structuredClone(first.save()));
    expect(JSON.stringify(second.result())).toBe(JSON.stringify(whole.result()));
    expect(qualityOf(whole.result()).escalated).toBeGreaterThan(500);
  });
});

describe("the quality of answers", () => {
  const policies = (weights: string): string =>
    `{ name: chat, rule: weights, targets: [{ deployment: small, adequateUpTo: 70%, weight: ${weights} }, { deployment: large }] }`;
  const both = `[{ name: half, models: [${policies("1")}], ${FIXED} }, { name: all large, models: [${policies("0")}], deployments: { small: { kind: fixed, replicas: 0 }, large: { kind: fixed, replicas: 3 } } }]`;

  it("may be bounded: below it the SLO is missed", async () => {
    const { runs, ranking, verdict } = await compared({ policies: both, rest: "quality: { minAdequate: 95% }" });
    expect(runs.map(({ slo, quality }) => [slo.met, quality?.met])).toEqual([
      [false, false],
      [true, true],
    ]);
    expect(ranking).toEqual(["all large", "half"]);
    expect(verdict).toContain("of its answers do");
  });

  it("may be priced: the price of bad answers counts where policies are ranked", async () => {
    const free = await compared({ policies: both });
    const dear = await compared({ policies: both, rest: "quality: { badAnswerUsd: 1 }" });
    expect([free.ranking[0], dear.ranking[0]]).toEqual(["half", "all large"]);
    const [half] = dear.runs as [RunResult];
    expect(qualityOf(half).lossMonthlyUsd).toBeCloseTo(qualityOf(half).badAnswers * 730 * 3, 6);
  });

  it("is no part of a result whose models say nothing of it", async () => {
    const plain = "{ name: chat, targets: [{ deployment: small }, { deployment: large }] }";
    expect((await run({ model: plain })).quality).toBeUndefined();
    expect((await run({ model: plain, rest: 'thresholds: { quality.adequateShare: [">90%"] }' })).thresholds[0]).toMatchObject({
      actual: null,
    });
  });

  it.each([
    { parts: { model: BY_COMPLEXITY.replace(", adequateUpTo: 70%", "") }, issue: "no_target_score models.0.targets.0" },
    {
      parts: { model: BY_COMPLEXITY.replace("large }", "large, maxScore: 90% }") },
      issue: "last_score_unused models.0.targets.1.maxScore",
    },
    {
      parts: {
        model: `{ name: chat, rule: complexity, targets: [${SMALL}, { deployment: large, adequateUpTo: 60% }, { deployment: other }] }`,
      },
      issue: "scores_not_ascending models.0.targets.0.maxScore",
    },
    {
      parts: { model: "{ name: chat, targets: [{ deployment: small, maxScore: 50% }] }" },
      issue: "target_option_unused models.0.targets.0.maxScore",
    },
    {
      parts: { model: "{ name: chat, classifierAccuracy: 50%, targets: [{ deployment: small }] }" },
      issue: "target_option_unused models.0.classifierAccuracy",
    },
    {
      parts: { model: "{ name: chat, targets: [{ deployment: small }] }", rest: "quality: { minAdequate: 90% }" },
      issue: "quality_not_judged quality",
    },
    {
      parts: { policies: `[{ name: a, models: [{ name: chta, targets: [{ deployment: small }] }], ${FIXED} }]` },
      issue: "unknown_model policies.0.models.0.name",
    },
    {
      parts: { trace: "arrival_s,input_tokens,output_tokens,complexity\n0,1,1,2\n", traffic: "trace: trace.csv" },
      issue: "trace_bad_complexity ",
    },
  ] as readonly { readonly parts: Parts; readonly issue: string }[])("refuses $issue", async ({ parts, issue }) => {
    expect(await codesOf(parts)).toContain(issue);
  });
});
