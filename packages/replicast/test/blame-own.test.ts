import { describe, expect, it } from "vitest";
import { type BlameScenario, blameOf, classifier, violationShare } from "./blame-rig.ts";

/** A measured language model that carries far more than the load. */
const llm = (engine = "", more = ""): Pick<BlameScenario, "deployment" | "gpu"> => ({
  deployment: `model: llama-3.1-8b_l40s_tp1, engine: { warmUp: { factor: 1 }${engine} }${more}`,
  gpu: "L40S",
});
const TWO = "kind: fixed, replicas: 2";
const PLENTY = 100;

const OWN: readonly (BlameScenario & { readonly cause: string; readonly because: string })[] = [
  {
    cause: "ownLength",
    because: "no replica answers it in time, whatever else it has to do",
    policy: TWO,
    kappa: PLENTY,
    ...llm(),
    rate: "2/s",
    slo: 'e2e: "p(95)<10ms"',
  },
  {
    cause: "preemption",
    because: "the KV cache holds fewer sequences than the batch",
    policy: TWO,
    kappa: PLENTY,
    ...llm(", kvBlocks: 70, maxModelTokens: 1024"),
    lengths: "prompt: 200, output: 400",
    arrivals: "poisson",
    rate: "0.3/s",
    duration: "2h",
    slo: 'tpot: "p(95)<30ms"',
  },
  {
    cause: "coldReplica",
    because: "the first requests after a start are ten times slower",
    policy: "kind: script, steps: [[0, 2], [300, 6]]",
    kappa: PLENTY,
    deployment: classifier("factor: 10, requests: 40", "routing: roundRobin"),
    rate: "5/s",
    slo: 'e2e: "p(95)<109ms"',
  },
  {
    cause: "routing",
    because: "a coin sends two to one replica while others have nothing to do",
    policy: "kind: fixed, replicas: 6",
    replicas: 6,
    kappa: PLENTY,
    deployment: classifier("factor: 1", "routing: random"),
    rate: "12/s",
    slo: 'e2e: "p(95)<101ms"',
  },
  {
    cause: "burst",
    because: "arrivals crowd within a second or two, and the window's mean does not show it",
    policy: TWO,
    kappa: 9,
    arrivals: "poisson",
    rate: "15/s",
    loadWindow: "5m",
    slo: 'e2e: "p(95)<400ms"',
    duration: "60m",
  },
  {
    cause: "cascade",
    because: "a small model answers first, in vain, and that alone takes longer than the objective",
    policy: "deployments: { app: { kind: fixed, replicas: 2 }, large: { kind: fixed, replicas: 2 } }",
    kappa: PLENTY,
    ...llm(),
    deployments:
      "{ name: large, replicas: 2, model: llama-3.1-8b_l40s_tp1, client: { timeout: never, retries: 0 }, engine: { warmUp: { factor: 1 } } }",
    traffic: "[{ model: chat, arrivals: { kind: constant, rate: 0.2/s }, lengths: { prompt: 100, output: 100 } }]",
    slo: 'ttft: "p(95)<1s"',
    extra:
      "models: [{ name: chat, rule: cascade, targets: [{ deployment: app, adequateUpTo: 10%, maxScore: 10% }, { deployment: large }] }]",
  },
  {
    cause: "sharedGpu",
    because: "two compute on one GPU, each for twice as long",
    policy: "deployments: { app: { kind: fixed, replicas: 1 }, other: { kind: fixed, replicas: 1 } }",
    kappa: PLENTY,
    ...llm(", gpuMemoryUtilization: 0.45, maxModelTokens: 1024"),
    replicas: 1,
    deployments:
      "{ name: other, replicas: 1, model: llama-3.1-8b_l40s_tp1, client: { timeout: never, retries: 0 }, engine: { warmUp: { factor: 1 }, gpuMemoryUtilization: 0.45, maxModelTokens: 1024 } }",
    traffic:
      "[{ deployment: app, arrivals: { kind: constant, rate: 0.5/s }, lengths: { prompt: 100, output: 60 } }, { deployment: other, arrivals: { kind: constant, rate: 0.5/s }, lengths: { prompt: 100, output: 60 } }]",
    pool: "min: 1, max: 1, timeSlicing: { replicas: 2 }",
    slo: 'tpot: "p(95)<30ms"',
  },
  {
    cause: "unknownModel",
    because: "its model is served by nobody",
    policy: TWO,
    kappa: PLENTY,
    ...llm(),
    traffic: "[{ trace: trace.csv, model: app }]",
    trace: `arrival_seconds,prompt_tokens,output_tokens,model\n${Array.from({ length: 40 }, (_, i) => `${i},100,10,${i % 4 === 0 ? "gone" : "app"}`).join("\n")}\n`,
    slo: 'ttft: "p(95)<1s"',
  },
  {
    cause: "drainCut",
    because: "its replica was told to go, and waited for nobody",
    policy: "kind: script, steps: [[0, 6], [300, 2]]",
    kappa: PLENTY,
    ...llm("", ", shutdown: { grace: 1s }"),
    lengths: "prompt: 200, output: 400",
    rate: "4/s",
    slo: 'ttft: "p(95)<100s"',
  },
  {
    cause: "fault",
    because: "its pod crashed",
    policy: "kind: fixed, replicas: 4",
    kappa: PLENTY,
    ...llm(),
    lengths: "prompt: 200, output: 400",
    rate: "4/s",
    slo: 'ttft: "p(95)<100s"',
    extra: "faults: [{ kind: podCrash, at: 300s }, { kind: podCrash, at: 400s }]",
  },
];

describe("a late request that missed no replica", () => {
  it.each(OWN)("is put down to $cause: $because", async ({ cause, ...scenario }) => {
    const blame = await blameOf(scenario);
    expect(blame.violations).toBeGreaterThan(3);
    expect(violationShare(blame, cause)).toBeGreaterThanOrEqual(0.95);
  });
});
