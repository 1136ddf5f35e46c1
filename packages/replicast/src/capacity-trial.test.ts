import type { Fact, RunResult, SloObjective } from "@replicast/sim-core";
import { describe, expect, it } from "vitest";
import { runResult } from "../../sim-core/test/run-result.ts";
import { createTrialJudge, type TrialTraffic, trialTrace } from "./capacity-trial.ts";

const WORK = { perRequest: 1, perPromptToken: 0, perOutputToken: 0, perPromptTokenSquared: 0, perContextToken: 0 };
const COUNT = 100;
/** One request per second, at one request per second; the first 20 only fill. */
const TRAFFIC: TrialTraffic = {
  arrivals: Array.from({ length: COUNT }, (_, i) => i),
  lengths: Array.from({ length: COUNT }, () => ({ promptTokens: 100, outputTokens: 11 })),
};

interface Ending {
  readonly ttftSeconds?: number;
  readonly e2eSeconds?: number;
  readonly fate?: Extract<Fact, { kind: "request-ended" }>["fate"];
}

/** Judges a trial in which request i ended as `ending(i)` says; undefined: it never did. */
function judge(
  objectives: readonly SloObjective[],
  ending: (i: number) => Ending | undefined,
  availability?: number,
  result: RunResult = runResult(),
) {
  const slo = { objectives, loadWindowSeconds: 60, ...(availability === undefined ? {} : { availability }) };
  const { observer, verdict } = createTrialJudge(slo, WORK, { fromSeconds: 20, toSeconds: COUNT - 1 });
  TRAFFIC.arrivals.forEach((arrivalSeconds, i) => {
    const request = { requestId: i, deployment: "chat", promptTokens: 100, outputTokens: 11 };
    observer({ kind: "request-arrived", timeSeconds: arrivalSeconds, ...request });
    const end = ending(i);
    if (end === undefined) return;
    const { ttftSeconds = 0.1, e2eSeconds = 1, fate = "completed" } = end;
    observer({
      kind: "request-ended",
      timeSeconds: arrivalSeconds + e2eSeconds,
      ...request,
      fate,
      attempts: 1,
      arrivalSeconds,
      ttftSeconds,
      e2eSeconds,
    });
  });
  return verdict(result);
}

const objective = (metric: SloObjective["metric"], thresholdSeconds: number, target: number): SloObjective => ({
  metric,
  thresholdSeconds,
  target,
});

describe("the judge of a trial", () => {
  it("carries a load when the wanted share of the judged requests is in time", () => {
    const late =
      (count: number) =>
      (i: number): Ending => ({ ttftSeconds: i >= 20 && i < 20 + count ? 3 : 1 });
    expect(judge([objective("ttft", 2, 0.95)], late(4)).carried).toBe(true);
    expect(judge([objective("ttft", 2, 0.95)], late(5)).carried).toBe(false);
  });

  it("does not judge the requests that only fill the replicas", () => {
    expect(judge([objective("ttft", 2, 0.95)], (i) => ({ ttftSeconds: i < 20 ? 99 : 1 })).carried).toBe(true);
  });

  it("judges the time per output token after the first", () => {
    expect(judge([objective("tpot", 0.09, 1)], () => ({ ttftSeconds: 0.1, e2eSeconds: 1 })).carried).toBe(true);
    expect(judge([objective("tpot", 0.089, 1)], () => ({ ttftSeconds: 0.1, e2eSeconds: 1 })).carried).toBe(false);
  });

  it("counts a request that did not complete against every objective", () => {
    expect(judge([objective("e2e", 9, 0.99)], (i) => (i === 50 ? { fate: "rejected" } : {})).carried).toBe(false);
    expect(judge([objective("e2e", 9, 0.98)], (i) => (i === 50 ? { fate: "rejected" } : {})).carried).toBe(true);
  });

  it("wants the share of requests that must end well", () => {
    const oneLost = (i: number): Ending => (i === 50 ? { fate: "rejected" } : {});
    expect(judge([], oneLost, 0.99).carried).toBe(false);
    expect(judge([], oneLost, 0.98).carried).toBe(true);
  });

  it("does not carry a load whose backlog grows, however loose the objectives", () => {
    expect(judge([objective("e2e", 1000, 0.5)], (i) => ({ e2eSeconds: 1 + i / 2 })).carried).toBe(false);
    expect(judge([objective("e2e", 1000, 0.5)], (i) => (i < 95 ? {} : undefined)).carried).toBe(false);
  });

  it("takes objectives on token gaps from the summary of the trial", () => {
    const itl = objective("itl", 0.1, 0.99);
    const summary = (met: boolean): RunResult => ({
      ...runResult(),
      slo: { ...runResult().slo, objectives: [{ ...itl, counted: 1, good: 1, attainment: 1, met }] },
    });
    expect(judge([itl], () => ({}), undefined, summary(true)).carried).toBe(true);
    expect(judge([itl], () => ({}), undefined, summary(false)).carried).toBe(false);
  });

  it("measures the work that the judged part offered", () => {
    expect(judge([], () => ({})).workPerSecond).toBeCloseTo(80 / 79, 12);
  });
});

it("writes the traffic as a trace that can be read again and again, in pieces", () => {
  const open = trialTrace({
    arrivals: [0.25, 1.5],
    lengths: [
      { promptTokens: 3, outputTokens: 4 },
      { promptTokens: 5, outputTokens: 6 },
    ],
  });
  for (let time = 0; time < 2; time++) {
    const reader = open("capacity.csv");
    let text = "";
    for (let piece = reader.read(10); piece !== ""; piece = reader.read(10)) text += piece;
    expect(text).toBe("arrival_s,input_tokens,output_tokens\n0.250000,3,4\n1.500000,5,6\n");
  }
});
