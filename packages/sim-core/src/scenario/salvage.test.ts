import { describe, expect, it } from "vitest";
import { parseScenario, type SalvagedScenario } from "./parse.ts";

const SCENARIO = `replicast: 1
name: tiny
duration: 1h
traffic:
  - arrivals: { kind: modulatedPoisson, rate: { points: [[0s, 1/s], [1h, 2/s]] }, sigma: 0.2, tau: 10m }
    lengths: { prompt: 100, output: { median: 50, sigma: 0.5 } }
  - trace: a.csv
deployments:
  - { name: chat, model: llama-3.1-8b_h100_tp1, replicas: 2 }
nodePools:
  - { name: h100, gpu: H100, gpusPerNode: 8, pricePerGpuHour: 2.5, max: 2 }
policies:
  - { name: two, kind: fixed, replicas: 2 }
slo: { ttft: "p(95)<2s" }
faults: [{ kind: metricsOutage, from: 1m, to: 2m }]
`;

function salvagedFrom(from: string | RegExp, to: string): SalvagedScenario | undefined {
  const text = SCENARIO.replace(from, to);
  expect(text).not.toBe(SCENARIO);
  const result = parseScenario(text, "tiny.yaml");
  return result.ok ? undefined : result.salvaged;
}

describe("a faulty scenario", () => {
  it.each([
    { from: "duration: 1h", to: "duration: 4", because: "a duration must stand there" },
    { from: "duration: 1h\n", to: "", because: "a missing key is as bad" },
    { from: "tau: 10m", to: "tau: -10m", because: "an option inside one of several kinds" },
    { from: "kind: modulatedPoisson", to: "kind: poison", because: "an unknown kind" },
    { from: "[1h, 2/s]", to: "[1h, 2]", because: "an element of a pair" },
    { from: "max: 2", to: "max: 0", because: "a number that must be there" },
    { from: "llama-3.1-8b_h100_tp1", to: "llama-9", because: "an unknown preset" },
    { from: 'ttft: "p(95)<2s"', to: "tfft: 2", because: "an object left empty" },
    { from: "name: two", to: "name: [1]", because: "a name of the wrong type" },
    { from: "trace: a.csv", to: "trace: 5", because: "an entry of a list without its only key" },
    { from: "kind: metricsOutage", to: "kind: meteorite", because: "an unknown fault" },
    { from: /policies:[\s\S]*?slo/, to: "policies: []\nslo", because: "an empty list" },
    { from: /deployments:[\s\S]*?nodePools/, to: "nodePools", because: "a missing list" },
    { from: "replicast: 1", to: "replicast: 2", because: "another version" },
  ])("is still looked at as a whole: $because", ({ from, to }) => {
    expect(salvagedFrom(from, to)?.spec).toMatchObject({ name: "tiny", traffic: expect.any(Array), policies: expect.any(Array) });
  });

  it("keeps everything that was good", () => {
    expect(salvagedFrom("duration: 1h", "duration: 4")?.spec).toMatchObject({
      traffic: [{ arrivals: { tau: 600, sigma: 0.2 } }, { trace: "a.csv" }],
      nodePools: [{ max: 2 }],
      slo: { ttft: ["p(95)<2s"] },
    });
  });
});

describe("an issue found in what was salvaged is doubtful", () => {
  const isDoubtful = (salvaged: SalvagedScenario | undefined, code: string, path: readonly (string | number)[]): boolean | undefined =>
    salvaged?.isDoubtful({ code, path });

  it.each([
    { from: "max: 2", to: "max: 0", code: "min_above_max", path: ["nodePools", 0, "min"], doubtful: true, because: "the same entry" },
    {
      from: "max: 2",
      to: "max: 0",
      code: "initial_replicas_do_not_fit",
      path: ["deployments", 0, "replicas"],
      doubtful: true,
      because: "room depends on the pool",
    },
    { from: "max: 2", to: "max: 0", code: "trace_missing", path: ["traffic", 1, "trace"], doubtful: false, because: "unrelated" },
    { from: "max: 2", to: "max: 0", code: "unknown_gpu", path: ["nodePools", 0, "gpu"], doubtful: false, because: "a name of its own" },
    { from: "gpu: H100", to: "gpu: [1]", code: "unknown_gpu", path: ["nodePools", 0, "gpu"], doubtful: true, because: "the very value" },
    { from: "tau: 10m", to: "tau: 10", code: "trace_missing", path: ["traffic", 1, "trace"], doubtful: false, because: "another entry" },
    {
      from: "replicas: 2 }\nnode",
      to: "replicas: two }\nnode",
      code: "unknown_deployment",
      path: ["policies", 0, "deployment"],
      doubtful: false,
      because: "names are good",
    },
    {
      from: "name: chat",
      to: "name: 7",
      code: "unknown_deployment",
      path: ["policies", 0, "deployment"],
      doubtful: true,
      because: "the name may be the faulty one",
    },
  ])("($doubtful): $because", ({ from, to, code, path, doubtful }) => {
    expect(isDoubtful(salvagedFrom(from, to), code, path)).toBe(doubtful);
  });
});
