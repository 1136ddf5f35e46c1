import type { BatchSweep } from "@replicast/sim-core";
import { type logger, parse, View } from "vega";
import { compile, type TopLevelSpec } from "vega-lite";
import { describe, expect, it } from "vitest";
import { renderSweepTable } from "../batch-sweep.ts";
import { renderSweepHtml } from "../html-sweep.ts";
import { batchSweepChart } from "./batch-sweep.ts";

const point = (limit: number, goodputPerSecond: number, meanE2eSeconds: number) => ({
  limit,
  throughputPerSecond: goodputPerSecond,
  goodputPerSecond,
  attainment: 0.98,
  meetsSlo: goodputPerSecond > 1,
  meanE2eSeconds,
  ttftP95Seconds: 0.2,
  tpotP95Seconds: null,
});

function sweepOf(deployment = "chat", answers: readonly number[] = [1]): BatchSweep {
  return {
    schema: "replicast/batch-sweep/v1",
    version: "0.1.0",
    scenario: "tiny",
    series: answers.flatMap((factor) => [
      {
        deployment,
        answers: factor,
        loadShare: 0.5,
        requestsPerSecond: 2,
        bestLimit: 2,
        points: [point(1, 0, 90), point(2, 2, 3), point(4, 2, 3.1)],
      },
      {
        deployment,
        answers: factor,
        loadShare: 1,
        requestsPerSecond: 4,
        bestLimit: 4,
        points: [point(1, 0, 200), point(2, 1, 50), point(4, 4, 5)],
      },
    ]),
  };
}

describe("the chart of a sweep over batch limits", () => {
  it.each(["goodput", "e2e"] as const)("compiles without a warning and draws: %s", async (measure) => {
    for (const deployment of ["chat", `a'b"c</script>`]) {
      const complaints: string[] = [];
      const note = (...args: readonly unknown[]): typeof quiet => {
        const text = args.map(String).join(" ");
        if (text !== "Can not resolve event source: window") complaints.push(text);
        return quiet;
      };
      const quiet = { level: () => quiet, error: note, warn: note, info: () => quiet, debug: () => quiet } as unknown as ReturnType<
        typeof logger
      >;
      const spec = batchSweepChart(sweepOf(deployment), deployment, measure);
      const compiled = compile(spec as unknown as TopLevelSpec, { logger: quiet });
      const view = new View(parse(compiled.spec), { renderer: "none", logger: quiet });
      const svg = await view.toSVG();
      view.finalize();
      expect(complaints).toEqual([]);
      expect(svg).not.toMatch(/NaN|undefined/);
    }
  });

  it("has a curve for each load and a diamond at its best limit", () => {
    const { layer } = batchSweepChart(sweepOf(), "chat", "goodput") as {
      layer: readonly { data: { values: readonly Record<string, unknown>[] } }[];
    };
    expect(layer[0]?.data.values.map(({ load, limit, value }) => [load, limit, value])).toEqual([
      ["2/s", 1, 0],
      ["2/s", 2, 2],
      ["2/s", 4, 2],
      ["4/s", 1, 0],
      ["4/s", 2, 1],
      ["4/s", 4, 4],
    ]);
    expect(layer[1]?.data.values.map(({ load, limit }) => [load, limit])).toEqual([
      ["2/s", 2],
      ["4/s", 4],
    ]);
  });

  it("names the lengths of the answers when the sweep has several", () => {
    const { layer } = batchSweepChart(sweepOf("chat", [1, 4]), "chat", "e2e") as {
      layer: readonly { data: { values: readonly { load: string }[] } }[];
    };
    expect([...new Set(layer[0]?.data.values.map(({ load }) => load))]).toEqual([
      "2/s, answers × 1",
      "4/s, answers × 1",
      "2/s, answers × 4",
      "4/s, answers × 4",
    ]);
  });
});

describe("the table of a sweep", () => {
  it("shows how the best limit moves, and which limits meet the SLO", () => {
    const lines = renderSweepTable(sweepOf()).split("\n");
    expect(lines[2]?.trim().split(/\s{2,}/)).toEqual(["load/s", "best", "mean E2E", "TPOT p95", "attainment", "1", "2", "4"]);
    expect(lines[4]?.trim().split(/\s+/)).toEqual(["2", "2", "3.00", "s", "–", "98.0%", "0", "2*", "2*"]);
    expect(lines[5]?.trim().split(/\s+/)).toEqual(["4", "4", "5.00", "s", "–", "98.0%", "0", "1", "4*"]);
  });
});

describe("the page of a sweep", () => {
  it("holds both charts and every number, and is the same bytes for the same sweep", () => {
    const vegaRuntime = {
      vega: "var vega = {};",
      interpreter: "import { isString } from 'vega-util';\nconst expression = 1;\nexport { expression as expressionInterpreter };",
    };
    const page = renderSweepHtml(sweepOf(), { vegaRuntime });
    expect(page).toBe(renderSweepHtml(sweepOf(), { vegaRuntime }));
    expect([...page.matchAll(/data-spec="([^"]*)"/g)].map(([, id]) => id)).toEqual(["chart-1", "chart-2"]);
    expect([...page.matchAll(/<tr>/g)]).toHaveLength(1 + 6);
    expect(renderSweepHtml(sweepOf("</script><b>x"), { vegaRuntime })).not.toContain("</script><b>x");
  });
});
