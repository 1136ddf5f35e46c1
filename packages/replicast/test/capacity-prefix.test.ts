import { builtinPolicies } from "@replicast/policies";
import { describe, expect, it } from "vitest";
import { capacity, type LoadedScenario, load, memoryFiles, run } from "../src/index.ts";

interface Changes {
  readonly traffic: string;
  readonly engine?: string;
  readonly duration?: string;
  readonly trace?: string;
}

const open = ({ traffic, engine = "{}", duration = "4h", trace = "" }: Changes): Promise<LoadedScenario> =>
  load("scenario.yaml", {
    files: memoryFiles({
      "trace.jsonl": trace,
      "scenario.yaml": `
replicast: 1
name: prefixes
duration: ${duration}
traffic: [{ ${traffic} }]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, engine: ${engine}, replicas: 1 }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 1.86, max: 1 }]
policies: [{ name: fixed, kind: fixed, replicas: 1 }]
slo: { ttft: "p(95)<1s", tpot: "p(95)<60ms" }
`,
    }),
    policies: builtinPolicies,
  });

const kappaOf = async (changes: Changes): Promise<number> => {
  const [table] = capacity(await open(changes));
  return table?.points[0]?.requestsPerSecond as number;
};

const TURNS = 6;
const sessions = (requestsPerSecond: number): string =>
  `arrivals: { kind: poisson, rate: ${requestsPerSecond / TURNS}/s }, lengths: { prompt: 600, output: 80 }, sessions: { turns: ${TURNS}, think: { mean: 20s } }`;
const UNCACHED = "{ prefixCaching: false }";

describe("the capacity of a replica with a prefix cache", () => {
  it("counts the hits of conversations, and is what whole runs of them carry", async () => {
    const traffic = sessions(1);
    console.log("start", Date.now());
    const [kappa, uncached] = [await kappaOf({ traffic }), await kappaOf({ traffic, engine: UNCACHED })];
    console.log({ kappa, uncached });
    for (const factor of [0.9, 0.95, 1, 1.05, 1.1]) {
      const t = Date.now();
      const result = await run(await open({ traffic: sessions(factor * kappa) }), "fixed", { capacity: [] });
      console.log(factor, result.slo.met, result.slo.objectives.map(({ attainment }) => attainment), result.prefixCache.hitShare, result.requests.arrived / 14400, Date.now() - t);
    }
  }, 300_000);
});
