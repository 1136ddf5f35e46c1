import { existsSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { createSimulation, simulate } from "../src/simulate.ts";
import { buildReferenceReplica, NO_METRICS, tinyPlan } from "../src/testing.ts";
import type { TrafficConfig } from "../src/traffic/config.ts";
import { textTrace } from "./trace-of.ts";

const data = process.env["REPLICAST_DATA"];
const trace = `${data}/samples/mooncake-conversation-10min.jsonl`;
const options = { policy: "fixed", controllers: [], metricSource: NO_METRICS };

const chat: TrafficConfig = {
  kind: "generator",
  name: "chat",
  deployment: "chat",
  arrivals: { kind: "poisson", rate: { kind: "constant", perSecond: 4 } },
  lengths: { promptTokens: { kind: "uniform", min: 200, max: 1200 }, outputTokens: { kind: "constant", value: 50 } },
  surges: [],
  prefix: { tokens: 1000, groups: 3 },
};

describe("a run with known prompts", () => {
  const planWith = (prefixCaching: boolean, kvBlocks = 26_312) =>
    tinyPlan({ durationSeconds: 300, deployments: [{ engine: { prefixCaching, kvBlocks, maxModelTokens: 2048 } }], traffic: [chat] });

  it("says what the cache saved, and answers sooner than without", () => {
    const cached = simulate(planWith(true), options);
    const plain = simulate(planWith(false), options);
    // prompts of 700 tokens on average share their first 675; 16 tokens at most are lost to half-full blocks and the last one
    expect(cached.prefixCache.hitShare).toBeGreaterThan(0.9);
    expect(cached.prefixCache.hitTokens % 16).toBe(0);
    expect(plain.prefixCache).toEqual({ queriedTokens: 0, hitTokens: 0, hitShare: null });
    expect(cached.latency.ttft.p50Seconds as number).toBeLessThan(plain.latency.ttft.p50Seconds as number);
    expect(cached.requests.arrived, "the same traffic").toBe(plain.requests.arrived);
  });

  it("is the same on the reference engine, and when it is stopped, saved and continued", () => {
    const plan = planWith(true, 400);
    const result = simulate(plan, options);
    expect(result.prefixCache.hitShare).toBeLessThan(0.98);
    const reference = simulate(plan, { ...options, buildReplica: buildReferenceReplica });
    expect({ ...reference, engine: null }).toEqual({ ...result, engine: null });
    const first = createSimulation(plan, options);
    first.runTo(123.4);
    expect(createSimulation(plan, options, structuredClone(first.save())).result()).toEqual(result);
  });

  it.skipIf(data === undefined || !existsSync(trace))(
    "hits no more than an infinite cache would on Mooncake's conversations, and most of that",
    () => {
      const text = readFileSync(trace, "utf8");
      const traffic: TrafficConfig = {
        kind: "trace",
        name: "m",
        deployment: "chat",
        file: trace,
        speed: 1,
        offsetSeconds: 0,
        spreadSeconds: 3,
      };
      const shareWith = (kvBlocks: number): number => {
        const engine = { kvBlocks, maxModelTokens: 200_000, prefixCaching: true, maxBatchedTokens: 8192 };
        const plan = tinyPlan({ durationSeconds: 3600, deployments: [{ engine }], traffic: [traffic] });
        return simulate(plan, { ...options, openTrace: textTrace(text) }).prefixCache.hitShare as number;
      };
      const seen = new Set<number>();
      let [hits, all] = [0, 0];
      for (const line of text.trim().split("\n")) {
        const { input_length: tokens, hash_ids: ids } = JSON.parse(line) as { input_length: number; hash_ids: readonly number[] };
        const known = ids.findIndex((id) => !seen.has(id));
        hits += Math.min(known < 0 ? tokens - 1 : known * 512, tokens - 1);
        all += tokens;
        for (const id of ids) seen.add(id);
      }
      const endless = shareWith(10_000_000);
      expect(endless).toBeLessThanOrEqual(hits / all);
      expect(endless).toBeGreaterThan((hits / all) * 0.99);
      expect(shareWith(26_312)).toBeLessThan(endless);
    },
  );
});
