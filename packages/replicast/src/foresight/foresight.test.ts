import { builtinPolicies } from "@replicast/policies";
import type { ComparisonResult, DeploymentCapacity, ForesightResult, InputError } from "@replicast/sim-core";
import { beforeAll, describe, expect, it } from "vitest";
import { compare } from "../compare.ts";
import { memoryFiles } from "../files.ts";
import { type LoadedScenario, load } from "../load.ts";

const HPA = `
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: chat }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: chat }
  minReplicas: 1
  maxReplicas: 3
  metrics: [{ type: Pods, pods: { metric: { name: "vllm:num_requests_running" }, target: { type: AverageValue, averageValue: "6" } } }]
`;

function scenario(slo = 'slo: { ttft: "p(95)<1s" }', extra = ""): Promise<LoadedScenario> {
  const text = `
replicast: 1
name: tiny
duration: 40m
traffic: [{ arrivals: { kind: poisson, rate: { points: [[0s, 1/s], [15m, 1/s], [16m, 9/s], [25m, 9/s], [26m, 1/s], [40m, 1/s]] } }, lengths: { prompt: 300, output: 40 }${extra} }]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1, startup: { pull: 10s, load: 20s, warmUp: 5s } }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 2, max: 4, min: 0, provision: 60s, scaleDownUnneeded: 1m, scaleDownDelayAfterAdd: 1m }]
policies: [{ name: three, kind: fixed, replicas: 3 }, { name: hpa, kind: hpa, manifest: hpa.yaml }]
${slo}`;
  return load("scenario.yaml", { files: memoryFiles({ "scenario.yaml": text, "hpa.yaml": HPA }), policies: builtinPolicies });
}

/** Computed once for all tests: they share model, mix and SLO. */
const cache = new Map<string, DeploymentCapacity>();
let result: ComparisonResult;
let foresight: ForesightResult;

beforeAll(async () => {
  result = await compare(await scenario(), { cache, foresight: { depth: "regret", trials: 4 } });
  foresight = result.foresight as ForesightResult;
}, 120_000);

describe("the comparison with perfect foresight", () => {
  it("changes nothing of the runs", async () => {
    const plain = await compare(await scenario(), { cache });
    const { foresight: _added, ...rest } = result;
    expect(JSON.stringify(rest)).toBe(JSON.stringify(plain));
  });

  it("is a lower bound at least, which costs no run, and is none where a service without replicas meets the SLO", async () => {
    expect(result.lowerBound).toEqual(foresight.lowerBound);
    const bare = await compare(await scenario('slo: { itl: "p(95)<1s" }'), { cache, policies: ["three"] });
    expect(bare.lowerBound).toBeUndefined();
  });

  it("puts every policy that meets the SLO, and the clairvoyant itself, above the lower bound", () => {
    const { lowerBound, clairvoyant, instant } = foresight;
    expect(lowerBound.monthlyMicroUsd).toBeGreaterThan(0);
    for (const run of [clairvoyant, instant])
      if (run.sloMet) expect(run.monthlyMicroUsd).toBeGreaterThanOrEqual(lowerBound.monthlyMicroUsd);
    for (const { slo, cost } of result.runs) if (slo.met) expect(cost.billUsd).toBeGreaterThanOrEqual(lowerBound.runUsd);
  });

  it("tells each bill as lower bound, unavoidable cost and rungs, to the millionth of a dollar", () => {
    const { lowerBound, unavoidable, policies } = foresight;
    expect(unavoidable.coldStartMicroUsd + unavoidable.integralityMicroUsd).toBe(unavoidable.monthlyMicroUsd);
    policies.forEach(({ policy, rungs }, index) => {
      const run = result.runs[index];
      expect(policy).toBe(run?.policy);
      const avoidable = (rungs ?? []).reduce((sum, { monthlyMicroUsd }) => sum + monthlyMicroUsd, 0);
      expect(lowerBound.monthlyMicroUsd + unavoidable.monthlyMicroUsd + avoidable).toBe(Math.round((run?.cost.monthlyUsd ?? 0) * 1e6));
      const minutes = (rungs ?? []).reduce((sum, { violationMinutes }) => sum + violationMinutes, 0);
      expect(minutes).toBe((run?.slo.violationMinutes ?? 0) - foresight.clairvoyant.violationMinutes);
    });
  });

  it("has nothing to take away from a fixed fleet but its rule, and from an HPA all of it", () => {
    const absent = foresight.policies.map(({ rungs }) => (rungs ?? []).map(({ isAbsent }) => isAbsent));
    expect(absent).toEqual([
      [true, true, true, true, false],
      [false, false, false, false, false],
    ]);
  });

  it("is the same when asked again", async () => {
    const again = await compare(await scenario(), { cache, policies: ["three"], foresight: { depth: "bounds", trials: 4 } });
    const { policies: _own, ...bounds } = again.foresight as ForesightResult;
    const { policies: _all, ...before } = foresight;
    expect(JSON.stringify(bounds)).toBe(JSON.stringify(before));
  });

  it("leaves the causes out where only bounds are wanted, and names each run that it makes", async () => {
    const names = new Set<string>();
    const onProgress = (progress: { readonly stage: string; readonly policy?: string }): void => void names.add(progress.policy ?? "");
    const { foresight: bounds } = await compare(await scenario(), {
      cache,
      onProgress,
      policies: ["hpa"],
      foresight: { depth: "bounds", trials: 1 },
    });
    expect(bounds?.policies).toMatchObject([{ policy: "hpa", rungs: null }]);
    expect([...names]).toEqual(["hpa", "clairvoyant, schedule 1", "instant starts, schedule 1"]);
  });

  it("says so when what arrives depends on the answers", async () => {
    const sessions = ", sessions: { turns: 2, think: 5s }";
    const loaded = await scenario(undefined, sessions);
    const { foresight: bounds } = await compare(loaded, { cache, policies: ["three"], foresight: { depth: "bounds", trials: 1 } });
    expect(bounds?.notes.join(" ")).toMatch(/follow the answers/);
    expect(bounds?.notes.join(" ")).toMatch(/found in a cache/);
  });

  it.each([
    {
      slo: 'slo: { itl: "p(95)<1s" }',
      options: {},
      code: "foresight_without_slo",
      because: "a service without replicas has no gaps between tokens",
    },
    { slo: undefined, options: { trials: 0 }, code: "foresight_out_of_range", because: "no schedule would be run" },
    { slo: undefined, options: { slotSeconds: 0 }, code: "foresight_out_of_range", because: "a slot lasts some time" },
  ])("is refused with $code: $because", async ({ slo, options, code }) => {
    const error: unknown = await compare(await scenario(slo), { cache, foresight: { depth: "bounds", ...options } }).catch(
      (thrown: unknown) => thrown,
    );
    expect((error as InputError).issues).toMatchObject([{ code }]);
  });
});
