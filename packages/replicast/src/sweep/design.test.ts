import { builtinPolicies } from "@replicast/policies";
import { describe, expect, it } from "vitest";
import { memoryFiles } from "../files.ts";
import { load } from "../load.ts";
import { run } from "../run.ts";
import { replicationSeed } from "../statistics/replication.ts";
import { type CellRow, CellRunner, digestTraces } from "./cell-run.ts";
import { cellAt, designOf, designSweep, type SweepDesign, type SweepRequest } from "./design.ts";
import { resultCell, resultColumns } from "./results.ts";
import { compareLines, SweepSummary } from "./summary.ts";

const SCENARIO = `
replicast: 1
name: short
duration: 3m
seed: seven
traffic: [{ arrivals: { kind: poisson, rate: 2/s }, lengths: { prompt: 100, output: 10 } }]
deployments: [{ name: chat, model: llama-3.1-8b_l40s_tp1, replicas: 1, engine: { maxSequences: 4 }, startup: { pull: 1s, load: 5s, warmUp: 1s } }]
nodePools: [{ name: l40s, gpu: L40S, gpusPerNode: 1, pricePerGpuHour: 2, max: 4, min: 0 }]
policies: [{ name: still, kind: fixed, replicas: 2 }, { name: scaled, kind: hpa, manifest: hpa.yaml }]
slo: { ttft: "p(95)<1s" }
derive: { perRequest: cost.billUsd / requests.arrived }
`;
const HPA = `
apiVersion: v1
kind: ConfigMap
metadata: { name: other }
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: { name: chat }
spec:
  scaleTargetRef: { apiVersion: apps/v1, kind: Deployment, name: chat }
  minReplicas: 1 # kept
  maxReplicas: 4
  metrics: [{ type: Pods, pods: { metric: { name: "vllm:num_requests_running" }, target: { type: AverageValue, averageValue: "100m" } } }]
`;
const options = { files: memoryFiles({ "scenario.yaml": SCENARIO, "hpa.yaml": HPA }), policies: builtinPolicies };
const describeIssues = (issues: readonly { readonly code: string }[]): string => issues.map(({ code }) => code).join();

async function design(request: Partial<SweepRequest> & Pick<SweepRequest, "vary">): Promise<SweepDesign> {
  return designSweep(await load("scenario.yaml", options), SCENARIO, "1.0.0", { replications: 1, surroundings: "", ...request });
}

async function rows(made: SweepDesign): Promise<readonly CellRow[]> {
  const runner = new CellRunner({ entry: "scenario.yaml", options, describe: describeIssues }, made);
  const all: CellRow[] = [];
  for (let index = 0; index < made.header.cells; index++) all.push(await runner.run(cellAt(made, index)));
  return all;
}

describe("the cells of a sweep", () => {
  it("go through points, then policies, then replications", async () => {
    const made = await design({ vary: ["duration=1m,2m"], replications: 2 });
    const cells = Array.from({ length: made.header.cells }, (_, index) => cellAt(made, index));
    expect(cells.map(({ values, policy, replication }) => `${values} ${policy} ${replication}`)).toEqual([
      "1m still 0",
      "1m still 1",
      "1m scaled 0",
      "1m scaled 1",
      "2m still 0",
      "2m still 1",
      "2m scaled 0",
      "2m scaled 1",
    ]);
    expect(new Set(cells.map(({ id }) => id)).size).toBe(8);
  });

  it("have the scenario's own seed first, and the same seeds at every point and policy", async () => {
    const made = await design({ vary: ["duration=1m,2m"], replications: 2 });
    expect([0, 1, 2, 7].map((index) => cellAt(made, index).seed)).toEqual(["seven", "seven~1", "seven", "seven~1"]);
    expect(replicationSeed("a", 12)).toBe("a~12");
  });

  it("have other ids when anything that a result depends on is another", async () => {
    const idOf = async (request: Partial<SweepRequest>) => cellAt(await design({ vary: ["duration=1m,2m"], ...request }), 0).id;
    const ids = [await idOf({}), await idOf({ surroundings: "another trace" }), await idOf({ vary: ["duration=90s,2m"] })];
    expect(new Set(ids).size).toBe(3);
    expect(await idOf({})).toBe(ids[0]);
  });

  it("are the same when the sweep is made from its header", async () => {
    const made = await design({ vary: ["duration=1m..5m", "scaled#HorizontalPodAutoscaler.spec.maxReplicas=1,2"], sample: "sobol:8" });
    const again = designOf(JSON.parse(JSON.stringify(made.header)));
    expect(again.axes).toEqual(made.axes);
    for (let index = 0; index < made.header.cells; index++) expect(cellAt(again, index)).toEqual(cellAt(made, index));
  });

  it("can be of some policies only, and refuses unknown ones", async () => {
    expect((await design({ vary: [], policies: ["scaled"] })).header.policies).toEqual(["scaled"]);
    await expect(design({ vary: [], policies: ["scale"] })).rejects.toMatchObject({ issues: [{ code: "unknown_policy" }] });
  });

  it("are not more than can be told apart in memory", async () => {
    await expect(design({ vary: ["a=1..90000:1", "b=1..90000:1"] })).rejects.toMatchObject({ issues: [{ code: "sweep_too_large" }] });
  });
});

describe("a varied field", () => {
  it("of the scenario gives the result of a run with the field set", async () => {
    const made = await design({ vary: ["policies.still.replicas=1,3"], policies: ["still"], replications: 2 });
    const all = await rows(made);
    for (const [index, seed, replicas] of [
      [0, "seven", 1],
      [3, "seven~1", 3],
    ] as const) {
      const expected = await run(await load("scenario.yaml", { ...options, seed, set: [`policies.still.replicas=${replicas}`] }), "still");
      const { measures } = resultCell(made, all[index] as CellRow);
      expect(measures).toMatchObject({
        monthlyUsd: expected.cost.monthlyUsd,
        arrivedRequests: expected.requests.arrived,
        ttftSecondsP95: expected.latency.ttft.p95Seconds,
        sloMet: expected.slo.met,
        "derived.perRequest": expected.derived["perRequest"],
      });
    }
  });

  it.each(["hpa.yaml#HorizontalPodAutoscaler.spec.maxReplicas", "scaled#HorizontalPodAutoscaler.spec.maxReplicas"])(
    "of a manifest is set in the document that is meant: %s",
    async (path) => {
      const made = await design({ vary: [`${path}=1,4`], policies: ["scaled"] });
      const [low, high] = (await rows(made)).map((row) => resultCell(made, row).measures["replicasMean"]);
      expect(low).toBe(1);
      expect(high).toBeGreaterThan(1);
    },
  );

  it("of a manifest with several documents needs the kind", async () => {
    const made = await design({ vary: ["hpa.yaml#spec.maxReplicas=1"], policies: ["scaled"] });
    expect((await rows(made))[0]?.error).toEqual({ code: "vary_which_document", text: "vary_which_document" });
  });

  it.each([
    { vary: "hp.yaml#spec.maxReplicas=1", issue: { code: "vary_unknown_file", data: { nearest: ["hpa.yaml"] } } },
    { vary: "still#spec.maxReplicas=1", issue: { code: "vary_unknown_file" } },
  ])("in a file that the scenario does not name is refused: $vary", async ({ vary, issue }) => {
    await expect(design({ vary: [vary] })).rejects.toMatchObject({ issues: [issue] });
  });

  it("whose value does not fit makes that cell fail and no other", async () => {
    const made = await design({ vary: ["policies.still.replicas=2,many"], policies: ["still"] });
    const [good, bad] = await rows(made);
    expect(good).toMatchObject({ error: null });
    expect(bad?.measures).toEqual([]);
    expect(bad?.error?.text).not.toBe("");
    expect(resultCell(made, bad as CellRow).measures["monthlyUsd"]).toBeNull();
  });

  it("is a number in the results when all of its values are, else a text", async () => {
    const typeOf = async (vary: string) => resultColumns(await design({ vary: [vary] })).find(({ name }) => name.startsWith("vary "))?.type;
    expect(await typeOf("policies.still.replicas=1,2")).toBe("DOUBLE");
    expect(await typeOf("duration=1m,2m")).toBe("STRING");
  });
});

describe("limits", () => {
  it("end one cell, not the sweep", async () => {
    const made = await design({ vary: [], policies: ["still"] });
    const runner = new CellRunner({ entry: "scenario.yaml", options, describe: describeIssues }, made);
    expect((await runner.run(cellAt(made, 0), { maxEvents: 10 })).error?.code).toBe("max_events");
    expect((await runner.run(cellAt(made, 0))).error).toBeNull();
  });
});

describe("the summary", () => {
  it("averages the replications that ended well, and puts those that meet the SLO before cheaper ones", async () => {
    const made = await design({ vary: ["duration=1m,2m"], policies: ["still"], replications: 2 });
    const names = made.header.columns.map(({ name }) => name);
    const row = (index: number, monthlyUsd: number, sloMet: boolean): CellRow => ({
      index,
      id: "",
      error: null,
      measures: names.map((name) => (name === "monthlyUsd" ? monthlyUsd : name === "sloMet" ? sloMet : null)),
    });
    const summary = new SweepSummary(made);
    for (const added of [
      row(0, 10, true),
      row(1, 30, false),
      row(2, 50, true),
      { index: 3, id: "", error: { code: "x", text: "" }, measures: [] },
    ])
      summary.add(added);
    const lines = [...summary.lines()];
    expect(lines).toMatchObject([
      { point: 0, runs: 2, met: 1, failed: 0, monthlyUsdMean: 20, attainmentMean: null },
      { point: 1, runs: 1, met: 1, failed: 1, monthlyUsdMean: 50 },
    ]);
    expect(lines.sort(compareLines).map(({ point }) => point)).toEqual([1, 0]);
  });
});

it("takes in what traces hold, as results depend on it", async () => {
  const traced = SCENARIO.replace(/traffic: .*/, "traffic: [{ trace: t.csv }]");
  const digestOf = async (row: string): Promise<string> => {
    const files = memoryFiles({
      "scenario.yaml": traced,
      "hpa.yaml": HPA,
      "t.csv": `arrival_s,input_tokens,output_tokens\n0.0,${row}\n`,
    });
    let text = "";
    digestTraces(await load("scenario.yaml", { ...options, files }), (piece) => {
      text += piece;
    });
    return text;
  };
  expect(await digestOf("10,5")).toContain("10,5");
  expect(await digestOf("10,6")).not.toBe(await digestOf("10,5"));
});
