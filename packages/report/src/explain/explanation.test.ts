import { InputError, type RunResult } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { fixture } from "../../test/testing-fixture.ts";
import { explainRun } from "./explanation.ts";
import { parseMoment } from "./moment.ts";
import { readRuns } from "./record.ts";
import { renderExplanations } from "./text.ts";

const result = fixture({ policies: ["keda-queue", "fixed-8", "lagging"], hours: 24 });
const run = result.runs[1] as RunResult;
/** Midnight in Berlin. */
const clock = { startEpochSeconds: 1_793_574_000, startOffsetSeconds: 3600, durationSeconds: 86_400 };

describe("a moment as a reader names it", () => {
  it.each([
    { text: "09:04", from: 32_640, until: 32_700, because: "a minute is all of it" },
    { text: "09:04:30", from: 32_670, until: 32_671, because: "a second is all of it, too" },
    { text: "2h4m", from: 7440, until: 7440, because: "a duration counts from the start" },
    { text: "0s", from: 0, until: 0, because: "the start itself" },
  ])("$text: $because", ({ text, from, until }) => {
    expect(parseMoment(text, clock)).toEqual({ fromSeconds: from, untilSeconds: until });
  });

  it("finds a weekday in a run of several days", () => {
    const week = { ...clock, durationSeconds: 7 * 86_400 };
    const [first, next] = ["Mon 09:04", "Tue 09:04"].map((text) => parseMoment(text, week)?.fromSeconds ?? Number.NaN);
    expect((next as number) - (first as number)).toSatisfy((gap: number) => gap === 86_400 || gap === -6 * 86_400);
  });

  it.each(["25:00", "9", "soon", "25h", "09:60", ""])("refuses %j, which is no moment of the run", (text) => {
    expect(parseMoment(text, clock)).toBeUndefined();
  });
});

describe("the explanation of a run", () => {
  it("tells every change of what is asked for, and nothing else", () => {
    const [explanation] = explainRun(run);
    const changes = run.decisions.filter(({ specReplicas, desiredReplicas }) => specReplicas !== desiredReplicas);
    expect(changes.length).toBeGreaterThan(5);
    expect(explanation?.story.map(({ timeSeconds }) => timeSeconds)).toEqual(changes.map(({ timeSeconds }) => timeSeconds));
  });

  it("tells how long a controller was blind", () => {
    const decisions = run.decisions.slice(0, 6).map((each, index) => ({
      ...each,
      specReplicas: 3,
      desiredReplicas: 3,
      reason: index === 1 || index === 2 ? "TriggerError" : "ScalerActive",
    }));
    const [explanation] = explainRun({ ...run, decisions });
    expect(explanation?.story.map(({ reason, repeats, untilSeconds }) => [reason, repeats, untilSeconds])).toEqual([
      ["TriggerError", 2, 30],
    ]);
  });

  it("finds a decision again by the time it is printed with, although it fell within that second", () => {
    const decisions = run.decisions.map((each) => ({ ...each, timeSeconds: each.timeSeconds + 0.5 }));
    const wanted = decisions[20] as RunResult["decisions"][number];
    const [{ clock: printed } = { clock: "" }] = explainRun(
      { ...run, decisions },
      { moment: { fromSeconds: wanted.timeSeconds, untilSeconds: wanted.timeSeconds } },
    ).flatMap(({ moment }) => moment?.decisions.filter(({ timeSeconds }) => timeSeconds === wanted.timeSeconds) ?? []);
    const moment = parseMoment(printed, run.scenario) as NonNullable<ReturnType<typeof parseMoment>>;
    const [explanation] = explainRun({ ...run, decisions }, { moment });
    expect(explanation?.moment?.decisions.map(({ timeSeconds }) => timeSeconds)).toContain(wanted.timeSeconds);
  });

  it("shows at a moment what was asked for, what there was, and who was on the way", () => {
    const pod = run.pods.find(({ stages }) => stages[0]?.[1] === "Scheduled") as RunResult["pods"][number];
    const [created] = pod.stages[0] as (typeof pod.stages)[number];
    const [explanation] = explainRun(run, { moment: { fromSeconds: created + 30, untilSeconds: created + 30 } });
    expect(explanation?.moment?.pods).toContainEqual({
      name: pod.name,
      stage: "Loading",
      stageSinceSeconds: created + 20,
      createdSeconds: created,
    });
    expect(explanation?.moment?.decisions).toHaveLength(1);
    expect(explanation?.moment?.decisions[0]?.timeSeconds).toBeLessThanOrEqual(created + 30);
  });

  it("is prose within the width, whatever the names are", () => {
    const moment = parseMoment("09:04", result.scenario) as NonNullable<ReturnType<typeof parseMoment>>;
    for (const options of [{}, { moment }]) {
      const text = renderExplanations([...explainRun(run, options)], result.scenario, { width: 80 });
      expect(text.split("\n").every((line) => line.length <= 80)).toBe(true);
    }
    const sly = { ...run, policy: "a\u001b[31mb" };
    expect(renderExplanations(explainRun(sly), result.scenario, { width: 80 })).not.toContain("\u001b");
  });
});

describe("a result that was read back", () => {
  it("may be a run or a comparison", () => {
    expect(readRuns(run, "a.json")).toEqual([run]);
    expect(readRuns(result, "a.json")).toHaveLength(3);
  });

  const codeOf = (value: unknown): unknown => {
    try {
      return readRuns(value, "a.json");
    } catch (error) {
      return error instanceof InputError ? error.issues.map(({ code, data }) => [code, data]) : error;
    }
  };

  it.each([{ value: null }, { value: [] }, { value: { schema: "replicast/sweep/v1" } }])(
    "is refused when it is something else: $value",
    ({ value }) => {
      expect(codeOf(value)).toMatchObject([["not_a_result", {}]]);
    },
  );

  it("is refused when its release kept no evidence, or less of an HPA's", () => {
    const { evidence: _, ...bare } = run.decisions[0] as RunResult["decisions"][number];
    const old = { ...bare, evidence: { metrics: [], conditions: [] } };
    for (const decisions of [[bare], [old], undefined]) {
      expect(codeOf({ ...run, decisions })).toEqual([["result_without_record", { version: "0.1.0", policies: ["fixed-8"] }]]);
    }
  });
});
